"""When a failed job is tried again: bounds that hold for every job, and jitter that keeps jobs apart."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as some

from app.jobs.rules import Retries, backoff, ending, spread

RETRIES = Retries()
JOBS = some.integers(1, 2**63 - 1)
ATTEMPTS = some.integers(0, 2**31 - 1)
WAITS = some.timedeltas(timedelta(0), timedelta(days=400))
NEVER = timedelta(0)


def failed(job=1, attempts=0, *, asked=None, asking_for=NEVER, hopeless=False):
    return ending(RETRIES, job=job, attempts=attempts, asked=asked, asking_for=asking_for, hopeless=hopeless)


def test_delays_are_those_that_the_manual_names_and_end_at_an_hour():
    delays = [backoff(RETRIES, attempts).total_seconds() for attempts in (0, 1, 2, 3, 20, 10**9)]

    assert delays == [5, 20, 80, 320, 3600, 3600]


@given(JOBS, some.integers(0, RETRIES.attempts - 2))
def test_a_delay_is_never_shorter_than_its_step_and_at_most_a_quarter_longer(job, attempts):
    ended, least = failed(job, attempts), backoff(RETRIES, attempts)

    assert (ended.held, ended.counts) == (False, True)
    assert least <= ended.delay <= least * 1.25


@given(JOBS, some.integers(RETRIES.attempts - 1, 2**31 - 1))
def test_a_job_without_attempts_is_held(job, attempts):
    assert failed(job, attempts).held


@given(JOBS, ATTEMPTS, some.none() | WAITS)
def test_a_hopeless_job_is_held_whatever_it_asks(job, attempts, asked):
    assert failed(job, attempts, asked=asked, hopeless=True).held


@given(JOBS, ATTEMPTS, WAITS, some.timedeltas(NEVER, RETRIES.longest_asking))
def test_a_wait_that_is_asked_for_is_kept_within_bounds_and_uses_up_nothing(job, attempts, asked, asking_for):
    ended = failed(job, attempts, asked=asked, asking_for=asking_for)
    bounded = min(max(asked, timedelta(seconds=1)), timedelta(days=1))

    assert (ended.held, ended.counts) == (False, False)
    assert bounded <= ended.delay <= bounded + min(bounded / 4, timedelta(minutes=2))


@given(JOBS, ATTEMPTS, WAITS)
def test_who_has_asked_for_days_fails_like_others(job, attempts, asked):
    for_days = RETRIES.longest_asking + timedelta(microseconds=1)

    assert failed(job, attempts, asked=asked, asking_for=for_days) == failed(job, attempts)


@given(JOBS, some.integers(0, 9), some.integers(2, 200))
def test_jobs_that_fail_together_come_back_apart(job, attempts, count):
    places = sorted(spread(each, attempts) for each in range(job, job + count))
    gaps = [later - earlier for earlier, later in pairwise(places)]

    assert all(0 <= place < 1 for place in places)
    assert min(gaps) > 1 / (3 * count)
