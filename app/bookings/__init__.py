"""The life of a booking: held, confirmed, moved, cancelled, completed."""
