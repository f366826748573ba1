"""Unpack a dump, load it into an empty database, and make of that one to switch to."""
