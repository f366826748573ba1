"""What is on offer at a time given in words: the very starts that the API shows."""

import pytest

from app.bookings.asking.service import Wish, hours_of, look_for, services_of
from app.core.clock import iso
from tests.bookings.conftest import Desk, phone

TUESDAY = ("2026-03-24T00:00:00Z", "2026-03-25T00:00:00Z")


@pytest.fixture
async def desk(http, make_bookable, clock):
    """Open 09:00 to 17:00 UTC, Monday 2026-03-23 at 08:00 UTC."""
    clock.set("2026-03-23T08:00:00Z")
    return Desk(await make_bookable(), http)


@pytest.fixture
def ask(app, desk, clock):
    async def look(words, **wish):
        async with app.state.sessions() as session:
            return await look_for(
                session, desk.client.context, desk.place.service_id, words, Wish(**wish), now=clock.now
            )

    return look


def at(sought):
    return [iso(start) for start in sought.starts]


async def test_a_stretch_of_time_gets_starts_of_its_own_in_other_parts_of_the_day(desk, ask):
    shown = [slot["startsAt"] for slot in await desk.slots(*TUESDAY)]

    sought = await ask("tomorrow")

    assert (sought.reason, sought.refused, sought.exact, sought.elsewhere) == (None, None, None, False)
    assert len(at(sought)) == 3
    assert set(at(sought)) <= set(shown)
    assert [start.hour >= 12 for start in sought.starts][0::2] == [False, True]


async def test_an_instant_that_is_on_offer_is_exact(ask):
    sought = await ask("tomorrow at 3pm")

    assert (iso(sought.exact), at(sought)) == ("2026-03-24T15:00:00Z", ["2026-03-24T15:00:00Z"])


@pytest.mark.parametrize(
    "words", ["2026-03-24T10:00", "2026-03-24 10:00", "2026-03-24T10:00:00Z", "2026-03-24T12:00+02:00"]
)
async def test_an_instant_may_be_written_as_iso_8601(ask, words):
    assert iso((await ask(words)).exact) == "2026-03-24T10:00:00Z"


async def test_a_taken_instant_comes_with_its_reason_and_the_nearest(desk, ask):
    await desk.book("2026-03-24T10:00:00Z")

    sought = await ask("tomorrow at ten in the morning")

    assert (sought.exact, sought.refused) == (None, "busy")
    assert "2026-03-24T10:00:00Z" not in at(sought)
    assert {start.date().isoformat() for start in sought.starts} <= {"2026-03-24", "2026-03-23", "2026-03-25"}
    assert len(at(sought)) == 3


@pytest.mark.parametrize(
    ("words", "reason"),
    [("2026-03-20T10:00", "past"), ("2026-03-24T20:00", "closed"), ("2030-01-01T10:00", "horizon")],
)
async def test_what_cannot_be_had_says_why_as_the_api_does(desk, ask, words, reason):
    sought = await ask(words)

    explained = await desk.get("/availability/explain", serviceId=str(desk.place.service_id), at=f"{words}:00Z")
    assert sought.refused == reason == explained.json()["reason"]


async def test_a_stretch_with_nothing_gets_the_next_after_it(ask):
    sought = await ask("tomorrow evening")

    assert (sought.elsewhere, sought.refused) == (True, None)
    assert {start.date().isoformat() for start in sought.starts} == {"2026-03-25"}


async def test_what_cannot_be_read_gets_its_reason_and_the_next_there_is(ask):
    sought = await ask("friday the 24th of march")

    assert sought.reason == "weekday_and_date_disagree"
    assert len(at(sought)) == 3


@pytest.mark.parametrize("words", [None, "", "   ", "now", "as soon as possible please"])
async def test_without_words_or_at_once_the_next_there_is(ask, words):
    sought = await ask(words)

    assert (len(at(sought)), sought.reason, sought.refused, sought.exact) == (3, None, None, None)
    assert at(sought)[0].startswith("2026-03-23T")


async def test_a_start_that_is_named_is_meant_though_it_begins_in_a_minute(ask, clock):
    clock.set("2026-03-23T08:59:00Z")

    assert iso((await ask("Monday the 23rd of March at nine o'clock")).exact) == "2026-03-23T09:00:00Z"
    assert (await ask("now")).exact is None


async def test_a_booking_does_not_stand_in_its_own_way(desk, ask):
    booked = (await desk.book("2026-03-24T10:00:00Z", phone(1))).json()

    assert (await ask("2026-03-24T10:00")).exact is None
    assert (await ask("2026-03-24T10:00", exclude_booking_id=booked["id"])).exact is not None


async def test_services_and_hours_are_those_of_the_client(app, desk, clock):
    await desk.post("/services", {"name": "Whitening", "durationMinutes": 60, "priceMinor": 9900})
    async with app.state.sessions() as session:
        services = await services_of(session, desk.client.context)
        hours = await hours_of(session, desk.client.context, now=clock.now)

    assert [(each.duration_minutes, each.price_minor) for each in services][-1] == (60, 9900)
    assert hours[1] == [(540, 1020)]
