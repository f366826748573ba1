"""What figures of connections mean, without a database."""

from datetime import UTC, datetime, timedelta

import pytest

from app.ops.database.rules.activity import Blocker, Session, blockers, by_state, long_running, preview
from app.ops.database.rules.advice import Figures, advise
from app.ops.database.rules.budget import Budget
from app.ops.database.rules.ending import Target, Verdict, judge

NOON = datetime(2026, 3, 23, 12, tzinfo=UTC)
ROOMY = Budget(instances=1, processes=1, pool=12, limit=97)
CALM = Figures(used_percent=10, pool_percent=10, waiting=0, blocking=0, longest_idle_ms=0)


def session(pid, *, state="active", duration=0.0, blocked_by=(), asks=False):
    return Session(
        pid=pid,
        application_name="booking-web",
        client_addr=None,
        user="booking",
        state=state,
        backend_start=NOON,
        duration_ms=duration,
        transaction_ms=duration,
        wait_event=None,
        query="SELECT 1",
        blocked_by=blocked_by,
        asks=asks,
    )


def test_the_budget_counts_every_process_twice_while_a_deploy_goes_on():
    budget = Budget(instances=2, processes=1, pool=9, limit=97)

    assert budget.per_process == 9 + 2 + 1
    assert budget.required == 2 * 1 * 12 * 2 + 2 * 11 + 8 + 1 + 5
    assert budget.fits


@pytest.mark.parametrize(("limit", "fits"), [(66, True), (65, False)])
def test_a_budget_fits_to_the_last_connection(limit, fits):
    budget = Budget(instances=1, processes=1, pool=12, limit=limit)

    assert (budget.required, budget.fits) == (66, fits)


@pytest.mark.parametrize("limit", [40, 66, 97, 497])
def test_the_largest_pool_is_the_largest_that_fits(limit):
    largest = Budget(instances=1, processes=2, pool=1, limit=limit).largest_pool

    assert not Budget(instances=1, processes=2, pool=largest + 1, limit=limit).fits
    assert largest < 1 or Budget(instances=1, processes=2, pool=largest, limit=limit).fits


def test_who_waits_stands_below_whom_it_waits_for():
    found = blockers([session(1), session(2, blocked_by=(1,)), session(3, blocked_by=(2,)), session(4)])

    assert found == (Blocker(1, (Blocker(2, (Blocker(3, ()),)),)),)


def test_sessions_that_wait_for_each_other_end_somewhere():
    assert blockers([session(1, blocked_by=(2,)), session(2, blocked_by=(1,))]) == ()
    ring = blockers([session(1, blocked_by=(2,)), session(2, blocked_by=(1, 9)), session(9)])
    assert ring == (Blocker(9, (Blocker(2, (Blocker(1, ()),)),)),)


def test_the_long_running_are_those_and_all_who_wait_or_are_waited_for():
    sessions = [
        session(1, state="idle", duration=90_000),
        session(2, duration=5_000),
        session(3, duration=10, blocked_by=(4,)),
        session(4, state="idle in transaction", duration=20),
        session(5, duration=999),
        session(6, duration=60_000, asks=True),
    ]

    assert [each.pid for each in long_running(sessions, least_ms=1_000)] == [2, 4, 3]


def test_a_session_whose_state_is_hidden_is_counted_all_the_same():
    assert by_state([session(1), session(2, state=None), session(3)]) == [("active", 2), ("unknown", 1)]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("SELECT * FROM customers WHERE phone = '+447400123456'", "SELECT * FROM customers WHERE phone = $1"),
        ("SELECT\n  pg_sleep(10)", "SELECT pg_sleep($1)"),
        ("UPDATE customers SET name = 'Sam Tay", "UPDATE customers SET name = …"),
        ("SELECT $$secret$$ FROM", "SELECT …"),
        ("SELECT 1 -- for +447400123456", "SELECT $1"),
        ("EXECUTE q(447400123456)", "EXECUTE q(?)"),
        ("UPDATE t SET a = 'C:\\' WHERE b = 'Sam", "UPDATE t SET a = …"),
        ("COMMENT ON TABLE x IS 'a secret'", "COMMENT ON TABLE x IS …"),
        ("<insufficient privilege>", "<insufficient privilege>"),
        ("", ""),
        (None, None),
    ],
)
def test_a_preview_shows_no_value(query, shown):
    assert preview(query) == shown


def test_a_preview_is_short():
    shown = preview(f"SELECT {', '.join(f'column_{number}' for number in range(500))} FROM t")

    assert shown is not None
    assert len(shown) == 200


def test_where_all_is_well_there_is_nothing_to_do():
    assert advise(CALM, ROOMY) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"used_percent": 80.1}, "server_nearly_full"),
        ({"pool_percent": 80.1}, "pool_nearly_full"),
        ({"waiting": 1}, "pool_nearly_full"),
        ({"blocking": 1}, "blocked_sessions"),
        ({"longest_idle_ms": 10_001}, "idle_in_transaction"),
    ],
)
def test_each_trouble_has_its_advice(change, code):
    figures = Figures(**({name: getattr(CALM, name) for name in CALM.__slots__} | change))

    assert [advice.code for advice in advise(figures, ROOMY)] == [code]


@pytest.mark.parametrize("change", [{"used_percent": 80.0}, {"pool_percent": 80.0}, {"longest_idle_ms": 10_000}])
def test_the_threshold_itself_is_well(change):
    assert advise(Figures(**({name: getattr(CALM, name) for name in CALM.__slots__} | change)), ROOMY) == []


def test_a_larger_pool_is_advised_only_where_the_server_has_room():
    full = Figures(used_percent=10, pool_percent=100, waiting=3, blocking=0, longest_idle_ms=0)
    tight = Budget(instances=1, processes=1, pool=12, limit=66)

    (roomy,), (cramped,) = advise(full, ROOMY), advise(full, tight)

    assert f"DB_POOL_MAX={ROOMY.largest_pool}" in roomy.next
    assert "DB_POOL_MAX" not in cramped.next


@pytest.mark.parametrize(
    ("name", "kind", "ours", "began", "verdict"),
    [
        ("booking-web", "client backend", True, NOON, Verdict.allowed),
        ("booking-worker", "client backend", True, NOON, Verdict.allowed),
        ("booking-web", "client backend", True, NOON + timedelta(microseconds=1), Verdict.replaced),
        ("booking-web", "client backend", False, NOON, Verdict.foreign),
        ("psql", "client backend", True, NOON, Verdict.foreign),
        ("", "client backend", True, NOON, Verdict.foreign),
        ("booking-web-ops", "client backend", True, NOON, Verdict.own),
        ("booking-web-lifeline", "client backend", True, NOON, Verdict.own),
        ("", "autovacuum worker", False, NOON, Verdict.server),
        ("", "checkpointer", False, None, Verdict.server),
    ],
)
def test_only_sessions_of_the_service_that_do_not_watch_it_are_ended(name, kind, ours, began, verdict):
    assert judge(Target(name, kind, began, ours), backend_start=NOON) is verdict
