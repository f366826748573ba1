"""Requests that are all granted: starts of their own, one after the other, through all staff of a practice."""

from collections.abc import Iterator

from app.core.clock import iso
from tests.races.practice import Offer, Practice
from tests.races.wire import request

STAFF, MINUTES, SLOTS_A_DAY = 10, 30, 16
A_DAY = STAFF * SLOTS_A_DAY
"""Appointments that fit into one day of the practice."""


def offers() -> tuple[Offer, ...]:
    """Return the one service of the practice that is measured: half an hour of any of its staff."""
    return (Offer(MINUTES, range(STAFF), interval=MINUTES),)


def booking(practice: Practice, number: int) -> bytes:
    """Return the nth request to book, neighbours with different people, each for a customer who was never here."""
    body = {
        "serviceId": str(practice.offers[0].id),
        "startsAt": iso(practice.start(number // A_DAY, number // STAFF % SLOTS_A_DAY * MINUTES)),
        "resourceId": str(practice.resources[number % STAFF]),
        "customer": {"phone": f"+447400{number:06d}", "name": "Sam Taylor"},
    }
    return request("POST", "/api/bookings", practice.key, body)


def bookings(practice: Practice, first: int = 0) -> Iterator[bytes]:
    """Yield requests to book from the nth on."""
    while True:
        yield booking(practice, first)
        first += 1


def availability(practice: Practice, *, days: int) -> bytes:
    """Return the question for all starts on the first so many days."""
    since, until = iso(practice.start(0, 0)), iso(practice.start(days, 0))
    query = f"serviceId={practice.offers[0].id}&from={since}&to={until}"
    return request("GET", f"/api/availability?{query}", practice.key)


def endless(raw: bytes) -> Iterator[bytes]:
    """Yield the same request for ever."""
    while True:
        yield raw
