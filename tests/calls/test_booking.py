"""Booking by voice: held, read back, confirmed; once, whatever a model repeats."""


async def test_a_caller_books_in_two_steps(caller):
    held = await caller.use("book_appointment", when="next Tuesday at half past two")
    assert "Tuesday the 24th of March at half past two" in held
    assert await caller.booked() == []

    booked = await caller.use("book_appointment", confirm=True)

    assert booked.startswith("Booked: Check-up on Tuesday the 24th of March at half past two.")
    [booking] = await caller.booked()
    assert (booking["startsAt"], booking["channel"]) == ("2026-03-24T14:30:00Z", "voice")
    assert booking["customer"]["phone"] == caller.phone
    assert await caller.codes() == ["held", "booked"]
