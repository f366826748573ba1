"""Point-in-time recovery: checked before it is ordered, ordered once, followed to its end."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from app.core.clock import iso, utcnow
from app.integrations.render.errors import RenderOutcomeUnknown
from app.ops.render.errors import RestoreUnfinished
from app.ops.render.rules import Refusal, instant, name_at, refusal
from app.ops.render.service.recovering import prepare, restore
from tests.render import POSTGRES, Bad

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SINCE = NOW - timedelta(days=7)
WANTED = "2026-11-23T10:15:00Z"
RECOVERY = f"/postgres/{POSTGRES}/recovery"


@pytest.mark.parametrize(
    ("to", "why"),
    [
        (NOW - timedelta(minutes=10), None),
        (NOW - timedelta(minutes=10) + timedelta(seconds=1), Refusal.too_recent),
        (NOW, Refusal.too_recent),
        (NOW + timedelta(seconds=1), Refusal.future),
        (SINCE, None),
        (SINCE - timedelta(seconds=1), Refusal.too_old),
        (None, Refusal.unreadable),
    ],
)
def test_an_instant_can_be_brought_back_from_the_windows_begin_until_ten_minutes_ago(to, why):
    assert refusal(to, since=SINCE, now=NOW) is why


@pytest.mark.parametrize(
    "text", ["yesterday", "2026-11-23", "2026-11-23T10:15:00", "10:15Z", "", "0001-01-01T00:00+14:00"]
)
def test_an_instant_without_its_offset_is_none(text):
    assert instant(text) is None


def test_an_instant_with_another_offset_is_the_same_instant_in_utc():
    assert instant("2026-11-23T11:15:00+01:00") == instant(WANTED) == datetime(2026, 11, 23, 10, 15, tzinfo=UTC)


def ago(**length):
    return iso((utcnow() - timedelta(**length)).replace(microsecond=0))


def test_status_tells_the_window_and_ends_it_ten_minutes_ago(ask):
    code, said, _ = ask("pitr", "status", "--json")

    told = json.loads(said)
    assert (code, told["provider"], told["status"]) == (0, "render", "AVAILABLE")
    assert told["recoverableFrom"] == "2026-01-01T00:00:00Z"
    late = utcnow() - datetime.fromisoformat(told["recoverableTo"])
    assert timedelta(minutes=10) <= late < timedelta(minutes=11)


@pytest.mark.parametrize("status", ["BACKUP_NOT_READY", "NOT_AVAILABLE", "SOMETHING_NEW"])
def test_status_exits_with_1_where_nothing_can_be_brought_back_and_restore_orders_nothing(ask, stand, status):
    stand.recovery = {"recoveryStatus": status}

    code, said, _ = ask("pitr", "status")
    refused, _, errors = ask("pitr", "restore", "--to", ago(hours=1), "--yes")

    assert (code, said.strip()) == (1, "UNKNOWN" if status == "SOMETHING_NEW" else status)
    assert (refused, errors.count("\n")) == (1, 1)
    assert "(not_recoverable)" in errors
    assert stand.sent("POST") == []


@pytest.mark.parametrize(
    ("to", "says"),
    [
        (lambda: ago(minutes=5), "less than 10 minutes ago"),
        (lambda: ago(hours=-1), "in the future"),
        (lambda: "2025-12-31T23:59:59Z", "before what Render can bring back, which begins at 2026-01-01T00:00:00Z"),
        (lambda: "2026-11-23 10:15", "no instant in UTC"),
    ],
)
def test_an_instant_that_cannot_be_brought_back_is_refused_before_anything_is_ordered(ask, stand, to, says):
    code, said, errors = ask("pitr", "restore", "--to", to(), "--yes")

    assert (code, said, errors.count("\n")) == (1, "", 1)
    assert says in errors
    assert stand.sent("POST") == []


def test_restore_makes_a_new_database_waits_for_it_and_says_what_to_do_next(ask, stand):
    to = ago(hours=1)

    code, said, errors = ask("pitr", "restore", "--to", to, "--yes", "--every", "0", "--json")

    name = name_at(datetime.fromisoformat(to))
    assert stand.sent("POST") == [("POST", RECOVERY, {"restoreTime": to, "restoreName": name})]
    assert errors.splitlines() == [
        f"{name} (dpg-new0-a) is being made",
        f"{name} is creating",
        f"{name} is available",
    ]
    told = json.loads(said)
    assert (code, told["id"], told["status"], told["restoredTo"]) == (0, "dpg-new0-a", "available", to)
    following = " ".join(told["next"])
    assert following.index("booking outbound pause") < following.index("Set DATABASE_URL")
    assert following.index("booking backup erasures --apply") < following.index("Set DATABASE_URL")
    for step in ("booking integrity check", "booking outbound resume", f"Keep {POSTGRES}", "deletes its backups"):
        assert step in following


def test_without_a_yes_nothing_is_ordered(ask, stand):
    code, _, errors = ask("pitr", "restore", "--to", ago(hours=1))

    assert (code, errors) == (
        1,
        "booking: Nothing was done: add --yes, or run it on a terminal and say yes. (not_confirmed)\n",
    )
    assert stand.sent("POST") == []


def test_the_same_order_a_second_time_makes_no_second_database(ask, stand):
    to = ago(hours=1)
    ask("pitr", "restore", "--to", to, "--yes", "--every", "0")

    code, _, errors = ask("pitr", "restore", "--to", to, "--yes", "--every", "0")

    assert (code, len(stand.instances), len(stand.sent("POST"))) == (1, 1, 1)
    assert "dpg-new0-a, available" in errors


def test_a_database_has_the_name_that_was_given(ask, stand):
    code, said, _ = ask("pitr", "restore", "--to", ago(hours=1), "--name", "before-the-deploy", "--yes", "--every", "0")

    assert (code, said.splitlines()[0]) == (0, "before-the-deploy (dpg-new0-a) is available.")
    assert [each["name"] for each in stand.instances.values()] == ["before-the-deploy"]


@pytest.mark.parametrize(
    ("answers", "heard"), [([Bad(503, obeyed=True)], 1), ([Bad(200, b"?", obeyed=True)], 1), ([Bad(dropped=True)], 0)]
)
async def test_an_order_without_an_answer_is_looked_for_by_its_name_and_never_repeated(
    render, stand, waiting, answers, heard
):
    stand.fail("POST", RECOVERY, *answers)
    to, name = await prepare(render, POSTGRES, WANTED, None, now=NOW)

    if heard:
        assert (await restore(render, POSTGRES, to, name, waiting)).id == "dpg-new0-a"
    else:
        with pytest.raises(RenderOutcomeUnknown, match=f"whether it makes {name}"):
            await restore(render, POSTGRES, to, name, waiting)
    assert len(stand.sent("POST")) == 1


async def test_waiting_ends_although_the_database_never_does(render, stand, waiting, pauses):
    stand.making = ["creating"]
    to, name = await prepare(render, POSTGRES, WANTED, None, now=NOW)

    with pytest.raises(RestoreUnfinished, match=r"is creating: it goes on at Render"):
        await restore(render, POSTGRES, to, name, waiting)
    assert pauses.seconds == [10] * 4


async def test_a_recovery_that_fails_ends_the_waiting(render, stand, waiting):
    stand.making = ["recovery_in_progress", "recovery_failed", "recovery_failed"]
    to, name = await prepare(render, POSTGRES, WANTED, None, now=NOW)

    with pytest.raises(RestoreUnfinished, match=r"recovery_failed: make another; the present database is untouched"):
        await restore(render, POSTGRES, to, name, waiting)


async def test_that_render_is_away_meanwhile_is_told_and_is_no_end(render, stand, waiting, told):
    to, name = await prepare(render, POSTGRES, WANTED, None, now=NOW)
    stand.fail("GET", "/postgres/dpg-new0-a", *[Bad(503)] * 3)

    assert (await restore(render, POSTGRES, to, name, waiting)).status == "available"
    assert told[1:] == ["Render does not answer", f"{name} is creating", f"{name} is available"]
