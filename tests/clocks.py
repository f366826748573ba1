"""Clocks that stand still until a test moves them."""


class Clock:
    """Monotonic seconds that pass when a test says so."""

    def __init__(self):
        self.seconds = 1000.0

    def __call__(self):
        return self.seconds
