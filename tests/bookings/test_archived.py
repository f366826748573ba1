"""What is archived takes no new bookings, whatever was known of it before."""

import httpx

from tests.fixtures.api import Clock
from tests.fixtures.bookable import MakeBookable

TEN = "2026-03-24T10:00:00Z"


async def test_a_service_that_needs_all_is_not_on_offer_without_an_archived_one(
    http: httpx.AsyncClient, make_bookable: MakeBookable, clock: Clock
) -> None:
    clock.set("2026-03-23T08:00:00Z")
    made = await make_bookable(staff=2, assign="all")
    assert (await http.post("/api/bookings", json=made.wanted(TEN), headers=made.headers)).status_code == 201
    await http.post(f"/api/resources/{made.resource_ids[0]}/archive", headers=made.headers)

    later = await http.post("/api/bookings", json=made.wanted("2026-03-24T11:00:00Z"), headers=made.headers)

    assert (later.status_code, later.json()["code"], later.json()["alternatives"]) == (409, "resource_cannot", [])


async def test_archiving_counts_what_stays_booked_and_refuses_the_rest(
    http: httpx.AsyncClient, make_bookable: MakeBookable, clock: Clock
) -> None:
    clock.set("2026-03-23T08:00:00Z")
    made = await make_bookable()
    booked = await http.post("/api/bookings", json=made.wanted(TEN), headers=made.headers)

    archived = await http.post(f"/api/services/{made.service_id}/archive", headers=made.headers)
    later = await http.post("/api/bookings", json=made.wanted("2026-03-24T11:00:00Z"), headers=made.headers)
    kept = await http.get(f"/api/bookings/{booked.json()['id']}", headers=made.headers)

    assert archived.json()["futureBookings"] == 1
    assert (later.status_code, later.json()["code"]) == (409, "service_archived")
    assert kept.json()["status"] == "confirmed"
