"""The use cases of drills."""
