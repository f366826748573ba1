"""What the figures of statements mean. Pure."""
