"""How tools are run: few statements, in time, without waiting for each other, and whatever fails is answered."""

import asyncio

import pytest

from app.calls.tools import service as tools
from app.calls.tools.rules.sentences import LONGEST, one_line
from tests.bookings.conftest import Desk
from tests.calls.callers import PROOF, Caller, connect, tool_call
from tests.fixtures.live import end, make

FAILED = "I cannot reach the calendar right now. Please try once more, or I can take a message for you."
TOO_LATE = "That takes longer than it should. Please try once more, or I can take a message for you."


async def test_a_tool_runs_few_statements(caller, statements):
    await caller.use("find_slots")  # the plan is remembered from here on
    counts = {}
    for what, tool, arguments in (
        ("find", "find_slots", {"when": "tomorrow afternoon"}),
        ("hold", "book_appointment", {"when": "2026-03-24T14:30"}),
        ("confirm", "book_appointment", {"confirm": True}),
    ):
        statements.clear()
        await caller.use(tool, **arguments)
        counts[what] = len(statements)

    assert counts == {"find": 5, "hold": 11, "confirm": 12}


async def test_a_tool_runs_no_more_statements_for_each_booking_that_was_spoken_of(make_caller, statements):
    caller, counts = await make_caller(staff=4), []
    for name in ("Ann", "Ben", "Cat", "Dan"):
        statements.clear()
        asked = {"service": "check-up", "when": "2026-03-24T14:30", "name": name}
        await caller.use("book_appointment", **asked)
        counts.append(len(statements))

    assert counts[1] == counts[3]


async def test_many_tools_get_by_with_one_connection(make_live, make_bookable):
    live = await make_live(db_pool_max=1)
    callers = [await connect(live.app, Desk(await make_bookable(), live.http)) for _ in range(3)]
    calls = [tool_call(f"call_{n}", "find_slots", {}) for n in range(4)]

    answers = await asyncio.gather(*[caller.use_all(*calls) for caller in callers])

    assert all("Which one suits you?" in result["result"] for results in answers for result in results)


async def test_a_question_that_comes_twice_at_the_same_moment_has_one_answer(caller):
    said = await asyncio.gather(*[caller.use("find_slots", "call_1", when="tomorrow at ten") for _ in range(6)])

    assert len(set(said)) == 1
    assert await caller.codes() == ["free"]


async def test_a_tool_that_takes_too_long_is_answered_with_a_next_step(app, caller, monkeypatch):
    await caller.use("my_appointments")
    call = await caller.shown()
    carry_out = tools.carry_out

    async def later(*asked, seconds, now):  # the call is found in time, and then little of it is left
        return await carry_out(*asked, seconds=seconds - tools.DEADLINE_SECONDS + 0.3, now=now)

    monkeypatch.setattr(tools, "carry_out", later)
    async with app.state.engine.begin() as connection:
        await connection.exec_driver_sql("SELECT id FROM calls WHERE vapi_id = $1 FOR UPDATE", (caller.call_id,))
        said = await caller.use("book_appointment", "call_1", when="tomorrow at ten")
    monkeypatch.undo()

    assert (said, (await caller.desk.get("/bookings")).json()["items"]) == (TOO_LATE, [])
    assert (await caller.use("book_appointment", "call_1", when="tomorrow at ten")).startswith("I am keeping")
    assert call["id"] == (await caller.shown())["id"]


async def test_without_a_database_every_tool_is_answered_all_the_same(settings, caller):
    nowhere = make(settings.model_copy(update={"database_url": "postgresql+asyncpg://nobody@127.0.0.1:1/none"}))
    message = caller.message("tool-calls", toolCallList=[tool_call(f"call_{n}", "find_slots", {}) for n in range(3)])
    try:
        answer = await nowhere.http.post("/webhooks/vapi", json=message, headers=PROOF)
        told = await nowhere.http.post("/webhooks/vapi", json=caller.message("end-of-call-report"), headers=PROOF)
    finally:
        await end(nowhere)

    assert answer.status_code == 200
    assert [(each["toolCallId"], each["error"]) for each in answer.json()["results"]] == [
        (f"call_{n}", FAILED) for n in range(3)
    ]
    assert told.status_code == 503  # so that it is told again


async def test_a_fault_of_ours_is_answered_with_a_next_step_is_told_and_leaves_nothing(app, caller, sql):
    await caller.use("my_appointments")
    await sql("ALTER TABLE contact_settings RENAME TO contact_settings_gone")
    try:
        said = await caller.use("transfer")
    finally:
        await sql("ALTER TABLE contact_settings_gone RENAME TO contact_settings")

    assert said == FAILED
    assert await caller.codes() == ["no_appointment"]
    groups = app.state.process.signals.failures.groups.values()
    assert any("UndefinedTable" in group.kind and group.code == "tool_failed" for group in groups)


def test_answers_are_one_short_line():
    long = one_line("Very\nlong words, " * 40)

    assert len(long) <= LONGEST
    assert long.endswith("Very...")
    assert "\n" not in long


@pytest.mark.parametrize("tool", tools.TOOLS.values(), ids=lambda tool: tool.name)
def test_models_are_told_of_a_tool_by_a_schema_of_words_and_yes_or_no(tool):
    assert tool.parameters["type"] == "object"
    assert tool.parameters["required"] == []
    for told in tool.parameters["properties"].values():
        assert told["type"] in {"string", "boolean"}
        assert told["description"]
    assert 20 <= len(tool.description) <= 1_000


def test_the_tools_are_those_that_were_agreed():
    assert list(tools.TOOLS) == [
        *("find_slots", "book_appointment", "reschedule_appointment", "cancel_appointment", "my_appointments"),
        *("business_info", "take_message", "transfer"),
    ]


async def test_tools_are_counted_by_what_came_of_them_and_how_long_they_took(app, caller):
    signals = app.state.process.signals

    def seen():
        tally = signals.tools.since_start().get("find_slots")
        return signals.counts.get(("voice_tools", "find_slots", "free"), 0), tally.count if tally else 0

    before = seen()
    await caller.use("find_slots", when="tomorrow at ten")
    await caller.use("made_up_by_a_model")

    assert seen() == (before[0] + 1, before[1] + 1)
    assert signals.counts[("voice_tools", "unknown", "unknown_tool")] >= 1


async def test_a_tool_that_a_model_made_up_is_not_kept(caller: Caller):
    await caller.use("made_up_by_a_model")

    assert await caller.codes() == []
