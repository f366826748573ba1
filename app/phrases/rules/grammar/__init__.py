"""Tokens to what they say: each function takes tokens and a place, and returns what it found, and the place after."""
