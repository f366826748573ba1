"""Read how well we do."""
