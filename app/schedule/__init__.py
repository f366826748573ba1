"""When resources are open, what blocks them, and which starts that leaves to offer."""
