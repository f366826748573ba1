"""The constraint that keeps the first promise: no two claims of one resource overlap."""

import pytest
from sqlalchemy.exc import IntegrityError

from app.core.db import violated
from app.core.ids import new_id

BOOK = """
INSERT INTO bookings (client_id, id, service_id, status, starts_at, ends_at, channel)
VALUES (:client, :booking, :service, 'cancelled', '2026-03-02 09:00Z', '2026-03-02 10:00Z', 'api')
"""
CLAIM = """
INSERT INTO claims (client_id, id, resource_id, service_id, booking_id, blocked, starts_at, ends_at, active)
VALUES (:client, :id, :resource, :service, :booking, CAST(:blocked AS text)::tstzrange,
        '2026-03-02 09:00Z', '2026-03-02 10:00Z', :active)
"""


@pytest.fixture
async def claim(practice, sql):
    """Insert a claim past all rules of the application."""
    service, booking = (await practice.service())["id"], new_id()
    await sql(BOOK, client=practice.id, booking=booking, service=service)

    async def insert(resource, start, end, *, active=True):
        values = {"resource": resource, "blocked": f"[2026-03-02 {start}Z, 2026-03-02 {end}Z)", "active": active}
        await sql(CLAIM, client=practice.id, id=new_id(), service=service, booking=booking, **values)

    return insert


async def test_the_exclusion_constraint_is_there_by_name(sql):
    [(definition,)] = await sql(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'claims_no_overlap' AND contype = 'x'"
    )

    assert definition == "EXCLUDE USING gist (client_id WITH =, resource_id WITH =, blocked WITH &&) WHERE (active)"


async def test_two_active_claims_of_one_resource_cannot_overlap(practice, claim):
    ada = await practice.resource()
    await claim(ada, "09:00", "10:00")

    with pytest.raises(IntegrityError) as refused:
        await claim(ada, "09:59", "11:00")

    assert violated(refused.value) == "claims_no_overlap"


async def test_claims_may_touch_be_inactive_or_take_another_resource(practice, claim):
    ada, bob = await practice.resource("Ada"), await practice.resource("Bob")
    await claim(ada, "09:00", "10:00")

    await claim(ada, "10:00", "11:00")
    await claim(ada, "09:00", "10:00", active=False)
    await claim(bob, "09:00", "10:00")


async def test_a_claim_cannot_point_into_another_clients_data(make_practice, claim):
    other = await make_practice()

    with pytest.raises(IntegrityError) as refused:
        await claim(await other.resource(), "09:00", "10:00")

    assert violated(refused.value) == "fk_claims_client_id_resource_id_resources"
