"""A booking leaves texts, and they leave for Twilio: once, in turn, and only while they are true."""

from tests.messages.conftest import coming


async def test_a_booking_is_confirmed_by_text(office, outside):
    booked = await office.book(coming())
    await office.work()

    [confirmation] = await office.messages(kind="confirmation")
    [sent] = outside.messages
    assert (confirmation.status, confirmation.sid) == ("accepted", sent.sid)
    assert sent.body == confirmation.body
    assert "Check-up with Staff 0" in sent.body
    assert (sent.to, str(confirmation.booking_id)) == (booked["customer"]["phone"], booked["id"])
