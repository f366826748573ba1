"""The database itself keeps history as it was written."""

import pytest
from sqlalchemy.exc import IntegrityError

from app.core.ids import new_id

BOOK = """
INSERT INTO bookings (client_id, id, service_id, status, starts_at, ends_at, channel)
VALUES (:client, :booking, :service, 'cancelled', '2026-03-02 09:00Z', '2026-03-02 10:00Z', 'api')
"""
TELL = """
INSERT INTO booking_events (client_id, id, booking_id, type, at, actor)
VALUES (:client, :event, :booking, 'booking_cancelled', '2026-03-02 08:00Z', 'operator')
"""
WHERE = " WHERE client_id = :client AND id = :event"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE booking_events SET type = 'booking_completed'" + WHERE,
        "DELETE FROM booking_events" + WHERE,
        "DELETE FROM booking_events WHERE false",
        "TRUNCATE booking_events",
    ],
)
async def test_what_happened_to_a_booking_can_be_neither_changed_nor_removed(practice, sql, change):
    booking, event = new_id(), {"client": practice.id, "event": new_id()}
    await sql(BOOK, client=practice.id, booking=booking, service=(await practice.service())["id"])
    await sql(TELL, booking=booking, **event)

    with pytest.raises(IntegrityError, match="history is only added to"):
        await sql(change, **(event if WHERE in change else {}))

    assert await sql("SELECT type FROM booking_events" + WHERE, **event) == [("booking_cancelled",)]
