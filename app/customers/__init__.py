"""The people who book, known to one client by their phone."""
