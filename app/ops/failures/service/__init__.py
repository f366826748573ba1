"""Carry failures to the database, and tell of them."""
