"""Clients, the businesses that take bookings, and the keys that act for them.

Three file names more than a room usually has: `auth` turns a request's key into its principal and its client, which
every router above needs; `apart` does so for operational endpoints, without the users' pool; `memory` is what a process
remembers of keys and clients.
"""
