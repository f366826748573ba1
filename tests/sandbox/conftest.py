"""The stand-ins and a service that listens, one of each for all tests of a file."""

from collections.abc import Iterator

import pytest

from tests.cli.conftest import stop_at_the_end  # noqa: F401 - a fixture
from tests.sandbox import Outside, sandbox
from tests.sandbox.listener import Listener, listening


@pytest.fixture(scope="module")
def _served() -> Iterator[tuple[Outside, Listener]]:
    with sandbox() as outside, listening() as service:
        yield outside, service


@pytest.fixture
def outside(_served: tuple[Outside, Listener]) -> Outside:
    """The stand-ins, with nothing in them."""
    _served[0].reset()
    return _served[0]


@pytest.fixture
def service(_served: tuple[Outside, Listener]) -> Listener:
    """Takes webhooks, and has got none."""
    _served[1].reset()
    return _served[1]
