"""Calls: what callers say to the assistant becomes what the API does; what we call back about.

`tools/` is a room in the room: what the assistant can have done, one module for each tool.
"""
