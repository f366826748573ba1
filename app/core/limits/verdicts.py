"""What a counted request is told: the counter's state as headers, and the refusal."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from math import ceil

from app.core.clock import iso
from app.core.controls import Control
from app.core.errors import Unavailable
from app.core.limits.policies import WINDOW_SECONDS
from app.core.limits.windows import Window


class RateLimited(Unavailable):
    """Too many requests; after `Retry-After` seconds, and not one earlier, the next one passes."""

    status, detail = 429, "Too many requests; wait as many seconds as Retry-After says."


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request passes, and where its counter stands. `at`: seconds since the epoch."""

    policy: str
    identity: str
    limit: int
    window: Window
    at: float
    passed: bool = True
    control: Control | None = None
    """What an operator has set for it."""
    pending: bool = False
    """Whether the counter was only looked at: who pays is known once the request is answered."""

    @property
    def remaining(self) -> int:
        """How many more requests would pass at this instant."""
        return max(0, self.limit - self.window.used())

    @property
    def retry_after(self) -> int:
        """The fewest whole seconds until a request passes."""
        return self.window.wait(self.limit)

    @property
    def resets_in(self) -> int:
        """The fewest whole seconds until the whole limit is there again, if no request comes meanwhile."""
        return self.window.wait(1)

    @property
    def reset_at(self) -> datetime:
        """When that is; up to the next whole second."""
        return _instant(ceil(self.at) + self.resets_in)

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers that every answer carries: the usual three, and those of the IETF's draft."""
        resets_in, remaining = self.resets_in, self.remaining if self.passed else 0
        seconds = resets_in if self.passed else self.retry_after
        return [
            *_stated(self.policy, self.limit),
            (b"x-ratelimit-remaining", b"%d" % remaining),
            (b"x-ratelimit-reset", _stamp(ceil(self.at) + resets_in)),
            (b"ratelimit", b'"%s";r=%d;t=%d' % (self.policy.encode(), remaining, seconds)),
        ]

    def refusal(self) -> RateLimited:
        """Return the problem that a request is answered which does not pass."""
        return RateLimited(
            retry_after=self.retry_after,
            policy=self.policy,
            limit=self.limit,
            window_seconds=WINDOW_SECONDS,
            retry_after_seconds=self.retry_after,
        )


@lru_cache(maxsize=1_024)
def _stated(policy: str, limit: int) -> tuple[tuple[bytes, bytes], ...]:
    return (
        (b"x-ratelimit-limit", b"%d" % limit),
        (b"ratelimit-policy", f'"{policy}";q={limit};w={WINDOW_SECONDS}'.encode()),
    )


@lru_cache(maxsize=1_024)
def _stamp(seconds: int) -> bytes:
    return iso(_instant(seconds)).encode()


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
