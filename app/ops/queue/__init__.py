"""Jobs, as the person on call sees them: how many, how old, what gave up; and what becomes of those."""
