"""What this instance counts, as Prometheus asks for it. Several processes of one instance are summed."""
