"""The sliding window counter: two counts, of which the earlier fades out as the later fills.

The approximation of `limits` (its "sliding window counter"): in the window that has `ends_in` seconds left, a request
passes if `floor(previous * ends_in / length) + current < limit`.
"""

from math import ceil, floor
from typing import NamedTuple

from app.core.limits.policies import WINDOW_SECONDS as LENGTH


class Window(NamedTuple):
    """The state of one counter at one instant. `ends_in`: seconds until `current` becomes `previous`."""

    previous: int
    current: int
    ends_in: float

    def used(self, after: float = 0.0) -> int:
        """Return how many requests count after so many seconds, if none comes meanwhile."""
        if after < self.ends_in:
            return floor(self.previous * (self.ends_in - after) / LENGTH) + self.current
        return floor(self.current * max(0.0, self.ends_in + LENGTH - after) / LENGTH)

    def wait(self, limit: int) -> int:
        """Return the fewest whole seconds after which a request passes; 0 if one passes now. `limit` is at least 1."""
        if self.used() < limit:
            return 0
        if self.current < limit:
            after = self.ends_in - (limit - self.current) * LENGTH / self.previous
        else:
            after = self.ends_in + LENGTH - limit * LENGTH / self.current
        seconds = max(1, ceil(after))
        while self.used(seconds) >= limit:  # at the very instant that was computed it does not pass yet
            seconds += 1
        return seconds
