"""The drill: a backup restored into a database of its own, compared row by row, and booked on. Proof of level 4."""
