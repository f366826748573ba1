"""Availability through its HTTP door."""

import pytest

QUARTER_PAST = [{"days": [1, 2, 3, 4, 5, 6, 7], "start": "09:15", "end": "12:00"}]
MONDAY = {"from": "2026-03-23T00:00:00Z", "to": "2026-03-24T00:00:00Z"}


@pytest.mark.parametrize("grid", ["window", "clock", "free_start"])
async def test_whoever_is_shown_for_a_start_can_be_asked_for(http, make_bookable, sql, clock, grid):
    clock.set("2026-03-23T08:00:00Z")
    place = await make_bookable(staff=2, duration_minutes=45, grid=grid)
    later, identifier = '[{"days": [1], "start": "09:15", "end": "12:00"}]', place.resource_ids[1]
    await sql(
        "UPDATE opening_hours SET weekly = CAST(:weekly AS jsonb) WHERE resource_id = :id", weekly=later, id=identifier
    )
    asked = {"serviceId": str(place.service_id), **MONDAY}
    shown = (await http.get("/api/availability", params=asked, headers=place.headers)).json()["slots"]
    both = [slot for slot in shown if len(slot["resourceIds"]) == 2]
    assert both

    for resource in map(str, place.resource_ids):
        named = {**asked, "resourceId": resource}
        own = (await http.get("/api/availability", params=named, headers=place.headers)).json()["slots"]
        assert own == [{**slot, "resourceIds": [resource]} for slot in shown if resource in slot["resourceIds"]]
        wanted = place.wanted(own[-1]["startsAt"], resourceId=resource)
        booked = await http.post("/api/bookings/hold", json=wanted, headers=place.headers)
        assert (booked.status_code, booked.json().get("resourceIds")) == (201, [resource]), booked.text
        await http.post(f"/api/bookings/{booked.json()['id']}/release", headers=place.headers)
