"""The recovery window that the backup status shows: the last that is known, with its age; and the settings."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from app.core.config import Settings
from app.ops.process import create_process
from app.ops.render.jobs import attend
from app.ops.render.service.windows import Recoverable
from tests.render import KEY, POSTGRES, Bad

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
RECOVERY = f"/postgres/{POSTGRES}/recovery"


async def test_what_was_told_last_stays_with_its_age_and_says_why_there_is_nothing_newer(render, stand):
    recoverable = Recoverable()
    await recoverable.ask(render, POSTGRES, now=NOW)
    stand.fail("GET", RECOVERY, Bad(401))
    await recoverable.ask(render, POSTGRES, now=NOW + timedelta(minutes=10))

    known = recoverable.known(now=NOW + timedelta(minutes=12))
    assert known is not None
    assert known.model_dump(mode="json") == {
        "provider": "render",
        "status": "AVAILABLE",
        "recoverableFrom": "2026-01-01T00:00:00Z",
        "recoverableTo": "2026-11-23T11:50:00Z",
        "ageSeconds": 720.0,
        "error": "render_key_refused",
    }


async def test_a_good_answer_after_a_fault_is_told_without_it(render, stand):
    recoverable = Recoverable()
    stand.fail("GET", RECOVERY, *[Bad(500)] * 3)
    await recoverable.ask(render, POSTGRES, now=NOW)
    before = recoverable.known(now=NOW)
    await recoverable.ask(render, POSTGRES, now=NOW)
    after = recoverable.known(now=NOW)

    assert before is not None
    assert (before.status, before.age_seconds, before.error) == ("UNKNOWN", None, "render_unreachable")
    assert after is not None
    assert (after.status, after.age_seconds, after.error) == ("AVAILABLE", 0, None)


async def test_a_window_that_has_only_begun_ends_nowhere(render, stand):
    stand.recovery["startsAt"] = "2026-11-23T11:55:00Z"
    recoverable = Recoverable()

    await recoverable.ask(render, POSTGRES, now=NOW)

    known = recoverable.known(now=NOW)
    assert known is not None
    assert (known.status, known.recoverable_to) == ("AVAILABLE", None)


def settings_of(stand, settings, **changes):
    given = {"render_api_key": KEY, "render_postgres_id": POSTGRES, "render_api_url": f"{stand.url}/v1", **changes}
    return Settings.model_validate({**settings.model_dump(), **given})


async def test_a_process_asks_by_itself_where_render_is_set_up(stand, settings):
    process = create_process(settings_of(stand, settings), role="web")
    try:
        recoverable = attend(process)
        turn, every = process.background._turns["recovery_window"]
        await turn()
    finally:
        await process.stop()

    known = recoverable.known(now=NOW)
    assert known is not None
    assert (known.status, known.error, every) == ("AVAILABLE", None, 600)


async def test_a_turn_does_not_wait_for_render_to_have_time(stand, settings):
    process = create_process(settings_of(stand, settings), role="web")
    stand.fail("GET", RECOVERY, Bad(429, headers={"Retry-After": "60"}))
    try:
        recoverable = attend(process)
        await process.background._turns["recovery_window"][0]()
    finally:
        await process.stop()

    assert recoverable.error == "render_busy"
    assert len(stand.received) == 1


@pytest.mark.parametrize("changes", [{"render_api_key": None}, {"render_postgres_id": None}])
async def test_a_process_asks_nobody_where_render_is_not_set_up(stand, settings, changes):
    process = create_process(settings_of(stand, settings, **changes), role="web")
    try:
        recoverable = attend(process)
    finally:
        await process.stop()

    assert "recovery_window" not in process.background._turns
    assert recoverable.known(now=NOW) is None


@pytest.mark.parametrize(
    ("arguments", "variables", "says"),
    [
        (["pitr", "status"], {"RENDER_API_KEY": None}, "Set RENDER_API_KEY"),
        (["pitr", "status"], {"RENDER_API_KEY": " "}, "Set RENDER_API_KEY"),
        (["exports", "list"], {"APP_RENDER_POSTGRES_ID": None}, "Set APP_RENDER_POSTGRES_ID"),
        (["rollback", "--yes"], {"RENDER_SERVICE_ID": None}, "set RENDER_SERVICE_ID"),
        (["pitr", "status"], {"RENDER_API_KEY": "rnd_another"}, "Render refuses the key in RENDER_API_KEY"),
        (["pitr", "status"], {"APP_RENDER_API_URL": "http://api.render.com/v1"}, "APP_RENDER_API_URL"),
        (["pitr", "status"], {"APP_RENDER_POSTGRES_ID": "../services"}, "APP_RENDER_POSTGRES_ID"),
    ],
)
def test_what_is_missing_or_wrong_is_said_in_one_line(ask, arguments, variables, says):
    code, said, errors = ask(*arguments, **variables)

    assert (code, said, errors.count("\n")) == (1, "", 1)
    assert says in errors


def test_a_key_that_was_pasted_with_its_lines_end_is_the_key():
    key = Settings.model_validate({"env": "test", "render_api_key": f"{KEY}\n"}).render_api_key

    assert key is not None
    assert key.get_secret_value() == KEY
    with pytest.raises(ValidationError) as refused:
        Settings.model_validate({"env": "test", "render_api_key": "two words"})
    assert "two words" not in str(refused.value)
