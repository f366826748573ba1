"""Looking at every part at once, and putting together what was seen."""
