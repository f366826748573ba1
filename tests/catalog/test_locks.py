"""The locks that bookings of a resource and its archiving queue at, and the count of what stays booked."""

import asyncio
from uuid import UUID

import pytest

from app.catalog import service
from app.core.ids import new_id


def test_keys_are_signed_64_bits_sorted_and_each_there_once():
    ids = [new_id() for _ in range(50)] + [UUID(int=0), UUID(int=2**128 - 1)]

    keys = service.resource_lock_keys(ids + ids[::-1])

    assert keys == sorted(set(keys))
    assert len(keys) == 52
    assert -(2**63) <= min(keys) <= max(keys) < 2**63
    assert {0, -1} <= set(keys)


async def test_all_locks_are_one_statement_and_none_is_none(session, statements):
    await service.lock_resources(session, [])
    await service.lock_resources(session, [new_id() for _ in range(5)])

    assert len(statements) == 1


@pytest.mark.parametrize("path", ["/resources/{resource}", "/services/{service}"])
async def test_archiving_waits_for_a_booking_in_progress(practice, app, path):
    resource = await practice.resource()
    made = await practice.service(resourceIds=[resource])
    path = path.format(resource=resource, service=made["id"])

    async with app.state.sessions() as booking, booking.begin():
        await service.lock_resources(booking, [UUID(resource)])
        archiving = asyncio.create_task(practice.call("POST", f"{path}/archive"))
        done, _ = await asyncio.wait([archiving], timeout=0.3)
        assert not done

    assert (await archiving).json()["status"] == "archived"


async def test_an_archiving_tells_how_many_bookings_stay(practice, monkeypatch):
    asked = []

    async def count(_session, client, *, service_id, resource_id, now):
        asked.append((client.id, service_id, resource_id, now.tzinfo is not None))
        return 3

    monkeypatch.setattr(service, "_counters", [])
    service.on_archive(count)
    resource, made = await practice.resource(), await practice.service()

    answers = [
        await practice.call("POST", f"/resources/{resource}/archive"),
        await practice.call("POST", f"/services/{made['id']}/archive"),
    ]

    assert [answer.json()["futureBookings"] for answer in answers] == [3, 3]
    assert asked == [(practice.id, None, UUID(resource), True), (practice.id, UUID(made["id"]), None, True)]
