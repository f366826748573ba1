"""What an operator sets for a while, carried to every process within 5 s."""
