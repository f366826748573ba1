"""When a job that failed is tried again, and when it is given up: arithmetic only."""

from dataclasses import dataclass
from datetime import timedelta

_GOLDEN = 0x9E3779B97F4A7C15  # 2**64 over the golden ratio: its multiples lie as evenly as numbers can
_ENOUGH = 64  # powers of the growth: by then every delay is the longest


@dataclass(frozen=True, kw_only=True)
class Retries:
    """How often, and after how long, a failed job is tried again."""

    attempts: int = 5
    first_delay: timedelta = timedelta(seconds=5)  # before the second attempt
    growth: float = 4.0  # of each further delay: 5 s, 20 s, 80 s, 320 s
    longest_delay: timedelta = timedelta(hours=1)
    jitter: float = 0.25  # of a delay: at most so much is added, so that what failed together comes back apart
    most_jitter: timedelta = timedelta(minutes=2)  # who says "at eight" does not mean ten
    longest_asked: timedelta = timedelta(days=1)  # that a job may say it has to wait, each time
    longest_asking: timedelta = timedelta(days=3)  # since it first failed; then what it says is a failure like others


@dataclass(frozen=True, kw_only=True)
class Ending:
    """What becomes of a job that failed: held for a person, or tried again after `delay`."""

    held: bool
    delay: timedelta = timedelta(0)
    counts: bool = True
    """Whether it has used up one of its attempts."""


def ending(
    retries: Retries, *, job: int, attempts: int, asked: timedelta | None, asking_for: timedelta, hopeless: bool
) -> Ending:
    """Return what becomes of a job that failed.

    `attempts` is how many it had used up before. `asked` is how long it says it has to wait, `asking_for` how long ago
    it first failed. A wait that was asked for uses up no attempt, for nothing was tried in vain: the other side
    refuses work for now, and says so however often it is asked. It is bounded in time instead.
    """
    if hopeless:
        return Ending(held=True)
    if asked is not None and asking_for <= retries.longest_asking:
        least = min(retries.first_delay, timedelta(seconds=1))  # nobody's Retry-After: 0 makes a busy loop
        wait = max(least, min(asked, retries.longest_asked))
        return Ending(held=False, delay=wait + _jitter(retries, wait, job, attempts), counts=False)
    if attempts + 1 >= retries.attempts:
        return Ending(held=True)
    delay = backoff(retries, attempts)
    return Ending(held=False, delay=delay + _jitter(retries, delay, job, attempts))


def _jitter(retries: Retries, delay: timedelta, job: int, attempts: int) -> timedelta:
    return min(delay * retries.jitter, retries.most_jitter) * spread(job, attempts)


def backoff(retries: Retries, attempts: int) -> timedelta:
    """Return the delay after so many attempts before this one, without jitter."""
    grown = retries.first_delay.total_seconds() * retries.growth ** min(attempts, _ENOUGH)
    return timedelta(seconds=min(grown, retries.longest_delay.total_seconds()))


def spread(job: int, attempts: int) -> float:
    """Return a number from 0 to below 1, the same whenever it is asked for.

    Jobs that were made one after another get numbers as far apart as can be: better than chance, and provable.
    """
    return ((job + 7 * attempts) * _GOLDEN % 2**64) / 2**64
