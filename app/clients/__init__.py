"""Clients, the businesses that take bookings, and the keys that act for them.

One file name more than a room usually has: `auth` turns a request's key into its principal and its
client, which every router above needs.
"""
