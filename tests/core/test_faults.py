"""Failures are told by what they are and where they left our code, never by what they say."""

from datetime import UTC, datetime, timedelta

import pytest

from app.core import faults
from app.core.faults import Failures, Fault, failure, fault
from app.core.phone import e164

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def failed(told=None, *, code="internal_error", route="GET /api/bookings", request_id="r", at=AT):
    return failure(told, code=code, route=route, request_id=request_id, at=at)


def raised(call):
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whichever it is
        call()
    return caught.value


def wrapped():
    try:
        raise KeyError("+447400123456")
    except KeyError as error:
        raise ValueError("of Ann Other") from error


def test_a_failure_is_told_by_its_types_and_never_by_its_message():
    assert fault(raised(wrapped)) == Fault("ValueError < KeyError", "")


def test_the_place_is_the_innermost_in_our_own_code():
    told = fault(raised(lambda: e164("12", "no region")))

    assert told.place.startswith("app/core/phone.py:")


def test_another_line_is_the_same_failure_another_function_is_not():
    first = failed(Fault("KeyError", "app/bookings/rules.py:10 choose"))
    moved = failed(Fault("KeyError", "app/bookings/rules.py:99 choose"), route="POST /api/bookings")
    other = failed(Fault("KeyError", "app/bookings/rules.py:10 place"))

    assert first.fingerprint == moved.fingerprint != other.fingerprint


def test_what_was_raised_nowhere_is_told_apart_by_its_route():
    here, there = failed(code="deadline_exceeded"), failed(code="deadline_exceeded", route="POST /api/bookings")

    assert here.fingerprint != there.fingerprint
    assert here.kind == "deadline_exceeded"


def test_a_group_counts_all_and_keeps_the_last_few_requests():
    failures = Failures()
    for number in range(12):
        failures.add(failed(request_id=str(number), at=AT + timedelta(minutes=10 * number)))
    (group,) = failures.groups.values()

    assert (group.count, list(group.request_ids)) == (12, ["7", "8", "9", "10", "11"])
    assert (group.first_at, group.last_at) == (AT, AT + timedelta(minutes=110))
    assert sorted(group.hours.values()) == [3, 3, 6]


def test_kinds_beyond_the_bound_are_counted_as_dropped(monkeypatch):
    monkeypatch.setattr(faults, "MOST_GROUPS", 2)
    failures = Failures()
    for code in ("a", "b", "c", "c", "a"):
        failures.add(failed(code=code))

    assert (sorted(group.count for group in failures.groups.values()), failures.dropped) == ([1, 2], 2)


def test_what_could_not_be_carried_is_carried_with_what_came_since():
    failures = Failures()
    failures.add(failed(request_id="1"))
    taken, failures.uncarried = failures.uncarried, {}
    failures.add(failed(request_id="2"))
    failures.add(failed(code="database_busy"))
    failures.put_back(taken)

    assert sorted(group.count for group in failures.uncarried.values()) == [1, 2]
