"""Calls: what callers say to the assistant becomes what the API does; what we call back about.

`tools/` is a room in the room: one function for each tool that the assistant has.
"""
