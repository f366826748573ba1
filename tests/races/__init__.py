"""Many callers against real server processes: the race, crashes in the middle of it, and what must hold afterwards."""
