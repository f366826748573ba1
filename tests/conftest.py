"""Fixtures that every test may ask for: databases in tests/fixtures/database.py, the application in api.py."""

import gc
import signal

import pytest
from hypothesis import HealthCheck, settings

from app.core.garbage import settle
from app.core.logging import set_up_logging

pytest_plugins = [
    "tests.fixtures.database",
    "tests.fixtures.api",
    "tests.fixtures.practice",
    "tests.fixtures.bookable",
    "tests.fixtures.live",
    "tests.fixtures.logs",
    "tests.fixtures.mail",
    "tests.fixtures.outside",
    "tests.fixtures.stores",
]

# As in a process that serves, and from the first import on (app/core/garbage.py): the collector went through modules
# and tests, which nobody drops, for what nobody holds.
gc.set_threshold(10_000, 20, 50)


def pytest_configure(config: pytest.Config) -> None:
    """Log as in production: the default form of a traceback shows locals, slowly, and personal data with them.

    No property fails because the machine has much else to do, and each is tried with the same examples everywhere, save
    where long proofs look for others. Ctrl-C reaches the processes that tests start, also where a shell has begun the
    run in its background, and so had it ignored.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    set_up_logging("json", "info")
    same, slow = "not prove" in config.getoption("-m"), [HealthCheck.too_slow]
    settings.register_profile("any machine", derandomize=same, deadline=None, suppress_health_check=slow)
    settings.load_profile("any machine")


def pytest_collection_finish() -> None:
    """Spare the garbage collector what is imported and collected by now."""
    settle()
