"""A call of the terminal's caller, from the first ring to the report, to the application itself."""

from datetime import timedelta

import httpx
import pytest

from app.sandbox.accounts import Accounts
from app.sandbox.calling.jobs import Conversation
from app.sandbox.calling.rules import Mind
from app.sandbox.places import Places
from app.sandbox.terminal import Desk, Unreached, as_said
from tests.bookings.conftest import PHONE
from tests.bookings.conftest import Desk as Bookable
from tests.calls.callers import Caller, connect
from tests.fixtures.api import OPERATOR_KEY, VAPI_SECRET
from tests.sandbox import ACCOUNTS

IN_USE = Accounts(ACCOUNTS.twilio_sid, ACCOUNTS.twilio_token, ACCOUNTS.vapi_key, VAPI_SECRET)
HERE = Places("http://test", "http://test", OPERATOR_KEY)


@pytest.fixture
async def called(app, http, make_bookable) -> Caller:
    """Whom somebody calls, on this very day."""
    return await connect(app, Bookable(await make_bookable(), http))


def desk_of(called: Caller, places: Places = HERE) -> Desk:
    return Desk(called.http, places, called.desk.client.client_key)


async def talk(called: Caller, *said: str) -> tuple[Conversation, list[str]]:
    """Call, say these lines and hang up; return the call, and what was shown of it."""
    shown: list[str] = []
    desk = desk_of(called)
    talking = Conversation(desk, IN_USE, PHONE, echo=shown.append)
    await talking.begin(await desk.line())
    mind = Mind(services=tuple((await desk.services()).values()))
    for line in said:
        mind, ended = await talking.hear(mind, line)
        assert not ended
    await talking.hang_up()
    return talking, shown


async def test_a_caller_books_a_time_that_is_offered(called):
    talking, shown = await talk(called, "what is free?", "3", "yes please")
    [booking] = await desk_of(called).booked(PHONE, talking.began)

    assert [turn["tool"] for turn in talking.turns] == ["find_slots", "book_appointment", "book_appointment"]
    assert (booking["status"], booking["channel"]) == ("confirmed", "voice")
    assert shown[-3].startswith("assistant  Booked:")
    assert all(turn["ms"] > 0 for turn in talking.turns)


async def test_what_was_booked_before_the_call_is_not_shown_with_it_not_even_within_the_same_second(called, clock):
    clock.set("2026-03-23T08:00:00.2Z")
    await called.desk.book("2026-03-24T10:00:00Z", PHONE)
    since = clock.now + timedelta(milliseconds=1)
    clock.advance(milliseconds=500)
    await called.desk.book("2026-03-24T11:00:00Z", PHONE)

    shown = await desk_of(called).booked(PHONE, since)

    assert [each["startsAt"] for each in shown] == ["2026-03-24T11:00:00Z"]


async def test_the_call_is_kept_with_what_was_said_and_without_the_accounts_token(called):
    talking, _ = await talk(called, "what is free?")
    [call] = (await called.desk.get("/calls")).json()["items"]
    kept = (await called.desk.get(f"/calls/{call['id']}")).text

    assert (call["status"], call["endedReason"]) == ("ended", "customer-ended-call")
    assert "what is free?" in kept
    assert "a-token-that-nobody-should-keep" not in kept
    assert talking.call["status"] == "ended"


async def test_nobody_is_booked_for_when_nothing_was_said(called):
    talking, _ = await talk(called)

    assert await desk_of(called).booked(PHONE, talking.began) == []


async def test_a_client_without_an_assistant_takes_no_call(app, http, make_bookable):
    called = await connect(app, Bookable(await make_bookable(), http), assistant=False)

    with pytest.raises(Unreached, match="nobody takes the call"):
        await talk(called, "hello")


async def test_a_wrong_secret_is_told_in_one_line(called):
    talking = Conversation(desk_of(called), ACCOUNTS, PHONE, echo=None)

    with pytest.raises(Unreached, match="answered 401 to /webhooks/vapi"):
        await talking.begin(await desk_of(called).line())


@pytest.mark.parametrize(
    ("places", "client_key", "problem"),
    [
        (Places("http://test", None, None), None, "no key"),
        (Places("http://test", None, "wrong"), None, "refused with 401"),
        (HERE, "no-such-client", "refused with 404"),
    ],
)
async def test_what_is_missing_is_told_in_one_line(called, places, client_key, problem):
    desk = Desk(called.http, places, client_key or called.desk.client.client_key)

    with pytest.raises(Unreached, match=problem):
        await desk.line()


async def test_a_client_without_a_line_is_told_how_to_get_one(http, make_bookable):
    place = await make_bookable()

    with pytest.raises(Unreached, match="has no line"):
        await Desk(http, HERE, place.client.client_key).line()


async def test_a_service_that_is_not_there_is_told_in_one_line():
    async with httpx.AsyncClient() as client:
        with pytest.raises(Unreached, match="make run"):
            await Desk(client, Places("http://127.0.0.1:1", None, OPERATOR_KEY), "demo-dental").line()


def test_a_booking_is_told_in_the_clients_zone():
    booking = {"startsAt": "2026-07-01T09:00:00Z", "timezone": "Europe/London", "serviceId": "1", "status": "confirmed"}

    assert as_said(booking, {"1": "Check-up"}) == "Check-up, Wednesday 1 July 2026 at 10:00 (Europe/London): confirmed"
