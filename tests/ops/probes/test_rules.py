"""The semantics of the probes, without a database or a server."""

from dataclasses import replace
from itertools import product

import pytest

from app.ops.probes.rules import RETRY_AFTER_SECONDS, Reason, Schema, State, alive, ready, schema, strict

WELL = State(started=True, draining=False, lag_seconds=0.0, reached=True, up=True, schema=Schema.at_head)


def test_a_process_that_is_well_passes_all_three():
    assert (alive(WELL), ready(WELL), strict(WELL)) == (None, None, None)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"up": False}, (None, None, Reason.database_unavailable)),
        ({"up": False, "reached": False}, (None, Reason.database_unavailable, Reason.database_unavailable)),
        ({"draining": True}, (None, Reason.shutting_down, Reason.shutting_down)),
        ({"draining": True, "up": False}, (None, Reason.shutting_down, Reason.shutting_down)),
        ({"started": False}, (None, Reason.starting, Reason.starting)),
        ({"schema": Schema.behind}, (None, Reason.migrations_pending, Reason.migrations_pending)),
        ({"schema": Schema.ahead}, (None, None, None)),
        ({"lag_seconds": 4.999}, (None, None, None)),
        ({"lag_seconds": 5.0}, (Reason.event_loop_stalled,) * 3),
    ],
)
def test_each_trouble_fails_just_the_probes_that_it_concerns(change, expected):
    state = replace(WELL, **change)

    assert (alive(state), ready(state), strict(state)) == expected


def test_nothing_outside_of_the_process_makes_it_not_alive():
    for started, draining, reached, up, tables in product(*([True, False],) * 4, Schema):
        assert alive(State(started, draining, 0.0, reached, up, tables)) is None


def test_who_is_not_ready_is_never_well():
    for started, draining, lag, reached, up, tables in product(
        *([True, False],) * 2, (0, 9), *([True, False],) * 2, Schema
    ):
        state = State(started, draining, lag, reached, up, tables)
        assert ready(state) is None or strict(state) is not None


@pytest.mark.parametrize(
    ("current", "expected"),
    [("3", Schema.at_head), ("2", Schema.behind), ("1", Schema.behind), (None, Schema.behind), ("4", Schema.ahead)],
)
def test_a_database_of_a_newer_version_serves_the_old_one_on(current, expected):
    assert schema(current, ("1", "2", "3")) is expected


def test_every_reason_says_when_to_come_again():
    assert set(RETRY_AFTER_SECONDS) == set(Reason)
