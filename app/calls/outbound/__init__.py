"""Calls that we make: ordered by a person or a system, placed once, in hours that suit, and only to who wants them."""
