"""What is looked at, and what it means when something is found: pure."""
