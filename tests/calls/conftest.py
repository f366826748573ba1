"""A client with a line, and somebody who calls it."""

from collections.abc import Awaitable, Callable

import pytest

from tests.bookings.conftest import PHONE, Desk
from tests.calls.callers import Caller, connect
from tests.fixtures.bookable import MakeBookable

MakeCaller = Callable[..., Awaitable[Caller]]


@pytest.fixture
def make_caller(app, http, make_bookable: MakeBookable, clock) -> MakeCaller:
    """Make a client with a line, and somebody who calls it on Wednesday 2026-03-18 at 10:20 in London."""
    clock.set("2026-03-18T10:20:00Z")

    async def make(phone: str | None = PHONE, *, assistant: bool = True, **options: object) -> Caller:
        options = {"client": {"timezone": "Europe/London"}, **options}
        return await connect(app, Desk(await make_bookable(**options), http), phone, assistant=assistant)

    return make


@pytest.fixture
async def caller(make_caller: MakeCaller) -> Caller:
    """Somebody who calls a client with one person and one service of half an hour, open nine to five."""
    return await make_caller()
