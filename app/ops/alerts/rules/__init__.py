"""What is wrong, and whom to tell: rules as data, and how alerts live. No waiting, no clock, no settings."""
