"""Booking, through its front door, in a real database."""

from typing import Any

import httpx

from tests.fixtures.api import Clock
from tests.fixtures.bookable import MakeBookable

TEN = "2026-03-24T10:00:00Z"


async def test_a_start_on_offer_is_booked(http: httpx.AsyncClient, make_bookable: MakeBookable, clock: Clock) -> None:
    clock.set("2026-03-23T08:00:00Z")
    practice = await make_bookable()

    answer = await http.post("/api/bookings", json=practice.wanted(TEN), headers=practice.headers)

    booked: dict[str, Any] = answer.json()
    assert answer.status_code == 201, booked
    assert (booked["status"], booked["startsAt"], booked["endsAt"]) == ("confirmed", TEN, "2026-03-24T10:30:00Z")
    assert booked["resourceIds"] == [str(practice.resource_ids[0])]
    again = await http.get(f"/api/bookings/{booked['id']}", headers=practice.headers)
    assert again.json() == booked


async def test_a_taken_start_is_refused_with_the_nearest_that_are_free(
    http: httpx.AsyncClient, make_bookable: MakeBookable, clock: Clock
) -> None:
    clock.set("2026-03-23T08:00:00Z")
    practice = await make_bookable()
    await http.post("/api/bookings", json=practice.wanted(TEN), headers=practice.headers)

    second = await http.post("/api/bookings", json=practice.wanted(TEN, "+447400123457"), headers=practice.headers)

    refusal = second.json()
    assert (second.status_code, refusal["code"]) == (409, "busy")
    nearest = [alternative["startsAt"] for alternative in refusal["alternatives"]]
    assert nearest == ["2026-03-24T09:00:00Z", "2026-03-24T09:30:00Z", "2026-03-24T10:30:00Z"]
