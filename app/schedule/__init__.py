"""When resources are open, what blocks them, and which starts that leaves to offer.

Its rules and its use cases are packages; `hours` is a room within the room, for weekly hours and overrides.
"""
