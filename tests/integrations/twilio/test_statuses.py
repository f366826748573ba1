"""A message's status only moves forward, and an error code says what to do about it."""

from itertools import permutations

import pytest

from app.integrations.twilio.statuses import moves, rank, terminal, verdict

FORWARD = ["accepted", "queued", "sending", "sent", "delivered", "read"]
TERMINAL = ["delivered", "undelivered", "failed", "canceled"]


def after(statuses):
    """Return what a message is when its callbacks come in this order."""
    present = None
    for status in statuses:
        present = status if moves(present, status) else present
    return present


def test_whatever_the_order_the_message_is_where_it_has_come_furthest():
    assert {after(order) for order in permutations(FORWARD)} == {"read"}
    assert {after(order) for order in permutations(["queued", "sent", "delivered", "sent"])} == {"delivered"}


@pytest.mark.parametrize("first", TERMINAL)
@pytest.mark.parametrize("second", TERMINAL)
def test_the_first_end_stays_except_that_delivered_follows_undelivered(first, second):
    assert moves(first, second) is ((first, second) == ("undelivered", "delivered"))
    assert terminal(first)


def test_what_came_in_part_may_still_come_whole():
    assert moves("partially_delivered", "delivered")
    assert not moves("delivered", "partially_delivered")


def test_what_is_under_way_is_no_end():
    assert not any(terminal(status) for status in ["accepted", "scheduled", "queued", "sending", "sent"])


def test_the_same_again_changes_nothing():
    assert not any(moves(status, status) for status in [*FORWARD, *TERMINAL, "scheduled"])


@pytest.mark.parametrize("status", ["received", "", "exploded", "DELIVERED"])
def test_a_status_of_no_message_of_ours_moves_nothing(status):
    assert rank(status) is None
    assert not moves("queued", status)
    assert not moves(None, status)
    assert not terminal(status)
    assert moves(status, "queued")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (21610, "opted_out"),
        (21211, "permanent"),
        (30006, "permanent"),
        (30007, "permanent"),
        (30003, "later"),
        (30008, "later"),
        (20429, "later"),
        (21611, "later"),
        (99999, "unknown"),
        (0, "unknown"),
        (None, "unknown"),
    ],
)
def test_an_error_code_says_whether_to_send_again(code, expected):
    assert verdict(code) == expected
