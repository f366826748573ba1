"""Who waited for a booking that was moved meanwhile does not wait again while holding what others wait for."""

import httpx
import pytest
from fastapi import FastAPI

from app.bookings.service.opening import peek, take
from app.catalog.service import lock_resources
from app.core.versions import VersionConflict
from tests.fixtures.api import Clock
from tests.fixtures.bookable import MakeBookable

TEN = "2026-03-24T10:00:00Z"


async def test_a_booking_moved_to_a_locked_resource_is_a_conflict_and_no_second_wait(
    app: FastAPI, http: httpx.AsyncClient, make_bookable: MakeBookable, clock: Clock
) -> None:
    clock.set("2026-03-23T08:00:00Z")
    made = await make_bookable(staff=2)
    one, other = (str(resource) for resource in made.resource_ids)
    booked = await http.post("/api/bookings", json=made.wanted(TEN, resourceId=one), headers=made.headers)
    path = f"/api/bookings/{booked.json()['id']}/reschedule"

    async with app.state.sessions() as waiting, app.state.sessions() as holder:
        seen = await peek(waiting, made.client.context, booked.json()["id"])
        moved = await http.post(path, json={"startsAt": TEN, "resourceId": other}, headers=made.headers)
        await lock_resources(holder, [made.resource_ids[1]])
        with pytest.raises(VersionConflict):
            await take(waiting, made.client.context, booked.json()["id"], seen=seen)
        await holder.rollback()
        taken = await take(waiting, made.client.context, booked.json()["id"], seen=seen)

    assert moved.status_code == 200
    assert [str(resource) for resource in taken.resources] == [other]
