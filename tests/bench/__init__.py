"""What the service costs, each figure beside a reference from the same run: `make bench`."""
