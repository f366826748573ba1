"""Plans from memory: shown and booked by what is true now, in whichever process, also before it has heard of it."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.clients.memory import CLIENTS
from app.core.cache.registry import CHANNEL
from app.schedule.service import HOURS, SERVICES

DAY = datetime.now(UTC).date() + timedelta(days=2)
EARLY = [{"days": [1, 2, 3, 4, 5, 6, 7], "start": "06:00", "end": "07:00"}]


@pytest.fixture
def deaf(lives):
    """Two processes; the second does not hear of changes, and does not know that it does not."""
    one, other = lives
    callbacks = other.process.lifeline._channels[CHANNEL]
    kept = callbacks[:]
    callbacks.clear()
    yield one, other
    callbacks[:] = kept


async def shown(live, place, service_id=None, **query):
    span = {"from": f"{DAY}T00:00:00Z", "to": f"{DAY + timedelta(days=1)}T00:00:00Z"}
    asked = {"serviceId": str(service_id or place.service_id), **span, **query}
    answer = await live.ask("/availability", place.headers, params=asked)
    assert answer.status_code == 200, answer.text
    return [slot["startsAt"][11:16] for slot in answer.json()["slots"]]


async def book(live, place, clock, **more):
    wanted = place.wanted(f"{DAY}T{clock}:00Z", **more)
    return await live.ask("/bookings", place.headers, "POST", json=wanted)


async def open_early(live, place, number=0):
    path = f"/resources/{place.resource_ids[number]}/hours"
    put = await live.ask(path, place.headers, "PUT", json={"weekly": EARLY, "version": 1})
    assert put.status_code == 200, put.text


async def test_the_second_question_reads_only_what_is_booked(live, make_bookable):
    place = await make_bookable()
    await shown(live, place)
    live.statements.clear()

    assert len(await shown(live, place)) == 16
    assert len(live.statements) == 1
    assert [live.caches.of(each).figures().size for each in (SERVICES, HOURS)] == [1, 1]


async def test_thirty_first_questions_read_the_plan_once(make_live, make_bookable):
    live, place = await make_live(db_pool_max=4), await make_bookable()

    assert {len(found) for found in await asyncio.gather(*(shown(live, place) for _ in range(30)))} == {16}
    assert sum("FROM clients c\nJOIN services" in statement for statement in live.statements) == 1


async def test_new_hours_are_shown_at_once_where_nobody_has_heard_of_them(deaf, make_bookable):
    one, other = deaf
    place = await make_bookable()
    before = await shown(other, place)
    await open_early(one, place)

    assert (before[0], len(before)) == ("09:00", 16)
    assert await shown(one, place) == await shown(other, place) == ["06:00", "06:30"]
    assert await shown(other, place) == ["06:00", "06:30"]  # again, by a client that is still the old one
    assert other.caches.of(CLIENTS).peek(place.client.client_key).configuration_version == 1


async def test_what_one_process_shows_another_books_at_once(deaf, make_bookable):
    one, other = deaf
    place = await make_bookable()
    await shown(other, place)
    await open_early(one, place)
    booked = [await book(other, place, start) for start in ("06:00", "09:00")]

    assert [answer.status_code for answer in booked] == [201, 409]
    assert booked[1].json()["code"] == "closed"
    assert await shown(one, place) == ["06:30"]


async def test_what_is_explained_is_what_is_shown(deaf, make_bookable):
    one, other = deaf
    place = await make_bookable()
    await shown(other, place)
    await open_early(one, place)
    asked = {"serviceId": str(place.service_id), "at": f"{DAY}T06:00:00Z"}
    told = (await other.ask("/availability/explain", place.headers, params=asked)).json()

    assert (told["offered"], told["reason"]) == (True, None)


async def test_who_serves_from_now_on_can_be_booked_at_once_everywhere(deaf, make_bookable):
    one, other = deaf
    place = await make_bookable(staff=2)
    path = f"/services/{place.service_id}"
    few = {"resourceIds": [str(place.resource_ids[0])], "version": 1}
    assert (await one.ask(path, place.headers, "PATCH", json=few)).status_code == 200
    second = str(place.resource_ids[1])
    assert await shown(other, place, resourceId=second) == []
    both = {"resourceIds": [str(each) for each in place.resource_ids], "version": 2}
    assert (await one.ask(path, place.headers, "PATCH", json=both)).status_code == 200

    assert len(await shown(other, place, resourceId=second)) == 16
    assert (await book(other, place, "09:00", resourceId=second)).status_code == 201


async def test_an_archived_service_is_neither_shown_nor_booked_anywhere(deaf, make_bookable):
    one, other = deaf
    place = await make_bookable()
    await shown(other, place)
    archived = await one.ask(f"/services/{place.service_id}/archive", place.headers, "POST")

    assert archived.status_code == 200
    assert await shown(other, place) == []
    assert (await book(other, place, "09:00")).json()["code"] == "service_archived"


async def test_services_of_one_team_share_its_hours(live, make_bookable):
    place = await make_bookable(staff=3)
    second = await live.ask(
        "/services",
        place.headers,
        "POST",
        json={
            "name": "Second",
            "durationMinutes": 30,
            "resourceIds": [str(each) for each in place.resource_ids],
        },
    )
    assert second.status_code == 201, second.text
    for service_id in (place.service_id, second.json()["id"], place.service_id):
        assert len(await shown(live, place, service_id)) == 16

    services, hours = (live.caches.of(each) for each in (SERVICES, HOURS))
    assert (services.figures().size, hours.figures().size) == (2, 1)
    plans = [services.peek((place.client.id, key)) for key in (place.service_id, UUID(second.json()["id"]))]
    assert plans[0].calendars is plans[1].calendars


async def test_hours_that_are_cleared_are_read_again(live, make_bookable):
    place = await make_bookable()
    await shown(live, place)
    live.caches.of(HOURS).clear()
    live.statements.clear()
    await shown(live, place)
    await shown(live, place)

    assert len(live.statements) == 3


async def test_what_was_changed_past_the_service_shows_when_the_lifetime_is_over(live, make_bookable, sql):
    place = await make_bookable()
    await shown(live, place)
    await sql("UPDATE services SET duration_minutes = 60 WHERE id = :id", id=place.service_id)
    assert len(await shown(live, place)) == 16
    live.caches.of(SERVICES).lifetime = 0.0
    found = await shown(live, place)
    live.caches.of(SERVICES).lifetime = SERVICES.lifetime

    assert len(found) == 8
