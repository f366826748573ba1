"""The operational plane: what the person on call sees and does. A room for each concern.

Two files are none of the known doors: `process` is what a process has of its own beside its requests, and `wiring`
gives it what the rooms want measured, done and repeated.
"""
