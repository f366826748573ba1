"""Pure rules of bookings."""

from datetime import UTC, datetime, timedelta

from app.bookings.rules import extended_until

NOW = datetime(2026, 3, 23, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_extending_counts_from_now_and_never_shortens() -> None:
    assert extended_until(NOW, NOW + MINUTE, 300, 60, now=NOW) == NOW + 5 * MINUTE
    assert extended_until(NOW, NOW + 10 * MINUTE, None, 60, now=NOW) == NOW + 10 * MINUTE


def test_a_hold_ends_an_hour_after_it_was_made() -> None:
    late = NOW + 55 * MINUTE

    assert extended_until(NOW, NOW + 56 * MINUTE, None, 3600, now=late) == NOW + 60 * MINUTE
    assert extended_until(NOW, NOW + 56 * MINUTE, 3600, 300, now=late) is None
    assert extended_until(NOW, NOW + 60 * MINUTE, None, 300, now=late) is None
