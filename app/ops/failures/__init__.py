"""What failed unexpectedly, by kind: how often, since when, on which routes, since which deployment."""
