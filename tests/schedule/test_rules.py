"""Rules of availability, one at a time: what hypothesis and reviews found, kept as plain examples."""

from datetime import UTC, datetime

import pytest

from app.schedule.rules import Agenda, Ask, Block, Calendar, Reason, Terms, WeeklyWindow, offers, refusal

MINUTE, HOUR, A_DAY = 60, 3_600, 86_400
MONDAY = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp())
EVERY_DAY = frozenset(range(1, 8))
NINE_TO_NOON = Calendar("UTC", (WeeklyWindow(EVERY_DAY, 540, 720),))
ALWAYS = Calendar("UTC", (WeeklyWindow(EVERY_DAY, 0, 1440),))
NINE, TEN, ELEVEN, NOON = (MONDAY + hour * HOUR for hour in (9, 10, 11, 12))


def booked(start, end, **more):
    return Block(start, end, start, end, **{"same_service": True, **more})


def shown(terms, *agendas, now=MONDAY, start=MONDAY, days=1, seats=1):
    return list(offers(terms, agendas, Ask(start, start + days * A_DAY, now, seats)))


def told(terms, *agendas, at=TEN, now=MONDAY, seats=1, **more):
    return refusal(terms, agendas, at, now=now, seats=seats, **more)


@pytest.mark.parametrize("capacity", [1, 4])
def test_more_seats_than_a_service_has_are_never_on_offer(capacity):
    terms, agenda = Terms(HOUR, capacity=capacity), Agenda("a", NINE_TO_NOON)

    assert shown(terms, agenda, seats=capacity) == [NINE, TEN, ELEVEN]
    assert shown(terms, agenda, seats=capacity + 1) == []
    assert told(terms, agenda, seats=capacity + 1).reason == Reason.capacity


@pytest.mark.parametrize("capacity", [1, 2])
def test_a_booking_and_a_hold_of_the_same_span_may_stand_side_by_side(capacity):
    terms = Terms(HOUR, assign="all", capacity=capacity)
    confirmed, held = booked(TEN, ELEVEN, seats=2), booked(TEN, ELEVEN, seats=2, expires_at=MONDAY + 1.0)
    agendas = [Agenda("a", NINE_TO_NOON, [confirmed, held]), Agenda("b", NINE_TO_NOON, [held, confirmed])]

    assert shown(terms, *agendas) == [NINE, ELEVEN]


@pytest.mark.parametrize("grid", ["clock", "free_start"])
def test_what_is_offered_does_not_hang_on_how_far_back_a_question_begins(grid):
    terms, agenda = Terms(50 * MINUTE, grid=grid), Agenda("a", ALWAYS)
    now = MONDAY + 8 * HOUR

    from_now = shown(terms, agenda, now=now, start=now)
    long_before = shown(terms, agenda, now=now, start=now - 6 * A_DAY, days=7)

    assert long_before == from_now


def test_of_sessions_that_are_needed_at_once_the_widest_counts():
    terms = Terms(HOUR, interval=HOUR, assign="all", capacity=4)
    wide = Block(NINE, NOON, TEN, ELEVEN, same_service=True)
    agendas = [Agenda("a", NINE_TO_NOON, [wide]), Agenda("b", NINE_TO_NOON, [booked(TEN, ELEVEN)])]

    assert shown(terms, *agendas) == [TEN]


def test_a_booking_without_length_blocks_nothing_whatever_its_buffers():
    empty = Block(TEN - HOUR, TEN + HOUR, TEN, TEN)

    assert shown(Terms(HOUR), Agenda("a", NINE_TO_NOON, [empty])) == [NINE, TEN, ELEVEN]


def test_too_far_and_too_soon_are_told_before_who_cannot():
    terms = Terms(HOUR, notice=2 * HOUR, horizon_days=1)

    assert told(terms, at=MONDAY + HOUR).reason == Reason.notice
    assert told(terms, at=MONDAY + 2 * HOUR).reason == Reason.resource_cannot
    assert told(terms, at=MONDAY + 2 * A_DAY - 1).reason == Reason.resource_cannot
    assert told(terms, at=MONDAY + 2 * A_DAY).reason == Reason.horizon
    assert told(terms, at=MONDAY + 30 * HOUR, zone="America/New_York").reason == Reason.horizon


def test_a_hold_tells_its_end_only_where_nothing_else_is_in_the_way():
    held = booked(TEN, ELEVEN, expires_at=MONDAY + 300.0)
    later = booked(TEN, ELEVEN, expires_at=MONDAY + 600.0)
    both = Terms(HOUR, assign="all")
    hold, hold_later = Agenda("a", NINE_TO_NOON, [held]), Agenda("b", NINE_TO_NOON, [later])
    taken = Agenda("c", NINE_TO_NOON, [booked(TEN, ELEVEN)])

    assert told(Terms(HOUR), hold) == (Reason.held, MONDAY + 300.0)
    assert told(Terms(HOUR), hold_later, hold, taken) == (Reason.held, MONDAY + 300.0)
    assert told(both, hold, hold_later) == (Reason.held, MONDAY + 600.0)
    assert told(both, hold, taken) == (Reason.held, None)


def test_a_start_may_join_a_class_or_touch_it_but_not_overlap_it():
    terms, session = Terms(HOUR, interval=30 * MINUTE, capacity=4), booked(TEN, ELEVEN, seats=3)

    assert shown(terms, Agenda("a", NINE_TO_NOON, [session])) == [NINE, TEN, ELEVEN]


def test_a_booking_of_another_length_is_no_part_of_a_class():
    longer = booked(TEN, ELEVEN + 30 * MINUTE)

    assert shown(Terms(HOUR, capacity=4), Agenda("a", NINE_TO_NOON, [longer])) == [NINE]
    assert told(Terms(HOUR, capacity=4), Agenda("a", NINE_TO_NOON, [longer])).reason == Reason.busy


def test_the_clock_grid_begins_at_the_next_minute_that_divides_the_interval():
    ten_past_nine = Calendar("UTC", (WeeklyWindow(EVERY_DAY, 550, 720),))
    terms = Terms(30 * MINUTE, interval=40 * MINUTE, grid="clock")

    assert shown(terms, Agenda("a", ten_past_nine)) == [NINE + minute * MINUTE for minute in (20, 60, 100, 140)]


def test_what_only_touches_another_appointment_is_too_close_not_taken():
    tidied = Block(NINE, TEN + 15 * MINUTE, NINE, TEN)

    assert told(Terms(HOUR), Agenda("a", NINE_TO_NOON, [tidied])).reason == Reason.buffer
    assert told(Terms(HOUR), Agenda("a", NINE_TO_NOON, [tidied._replace(ends_at=TEN + 1)])).reason == Reason.busy


@pytest.mark.parametrize("grid", ["window", "clock", "free_start"])
def test_the_grid_does_not_hang_on_how_many_seats_are_wanted(grid):
    terms = Terms(HOUR, grid=grid, capacity=3)
    agenda = Agenda("a", NINE_TO_NOON, [booked(NINE + 30 * MINUTE, TEN + 30 * MINUTE, seats=2)])

    assert [shown(terms, agenda, seats=seats) for seats in (1, 2, 3)] == [[ELEVEN]] * 3
    assert told(terms, agenda, at=TEN + 30 * MINUTE, seats=2).reason == Reason.off_grid


@pytest.mark.parametrize("grid", ["window", "clock", "free_start"])
def test_to_ask_for_one_of_several_does_not_move_the_grid(grid):
    terms = Terms(45 * MINUTE, grid=grid)
    quarter_past = Calendar("UTC", (WeeklyWindow(EVERY_DAY, 555, 720),))
    agendas = [Agenda("a", NINE_TO_NOON, [booked(NINE, NINE + 10 * MINUTE)]), Agenda("b", quarter_past)]
    ask = Ask(MONDAY, MONDAY + A_DAY, MONDAY)

    anyone = offers(terms, agendas, ask)
    for name in ("a", "b"):
        asked_for = offers(terms, agendas, ask, only=name)

        assert asked_for == {at: [name] for at, able in anyone.items() if name in able}
        assert all(refusal(terms, agendas, at, now=MONDAY, only=name) is None for at in asked_for)
    assert offers(terms, agendas, ask, only="c") == {}
    assert told(terms, *agendas, at=NINE, only="c").reason == Reason.resource_cannot


def test_one_of_those_who_are_needed_at_once_stands_for_all():
    terms = Terms(HOUR, assign="all")
    agendas = [Agenda("a", NINE_TO_NOON, [booked(NINE, TEN)]), Agenda("b", NINE_TO_NOON)]
    ask = Ask(MONDAY, MONDAY + A_DAY, MONDAY)

    assert offers(terms, agendas, ask, only="b") == {TEN: ["a", "b"], ELEVEN: ["a", "b"]}
    assert told(terms, *agendas, at=NINE, only="b").reason == Reason.busy
