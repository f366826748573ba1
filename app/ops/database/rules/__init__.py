"""What the figures of connections mean; nothing here asks anybody."""
