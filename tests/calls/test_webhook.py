"""What Vapi sends, in every shape, and what it is answered; what is not Vapi's, or nobody's, or nothing."""

import json
from pathlib import Path

import pytest

from tests.calls.callers import PROOF, tool_call

PAYLOADS = Path(__file__).parents[3] / "shared" / "payloads"
NINE = {"when": "2026-03-24T09:00"}
FREE = "Tuesday the 24th of March at nine o'clock is free for Check-up. Shall I keep it for you?"

needs_payloads = pytest.mark.skipif(not PAYLOADS.is_dir(), reason="captured payloads are not here")


def shape_a(name, arguments):
    calls = [tool_call("call_1", name, arguments)]
    return {"type": "tool-calls", "toolCalls": calls, "toolCallList": calls}


def shape_b(name, arguments):
    return shape_a(name, json.dumps(arguments))


def shape_c(name, arguments):
    return {"type": "tool-calls", "toolCallList": [{"id": "call_1", "name": name, "arguments": arguments}]}


def shape_d(name, arguments):
    item = {"name": name, "toolCall": {"id": "call_1", "parameters": arguments}}
    return {"type": "tool-calls", "toolWithToolCallList": [item]}


def shape_e(name, arguments):
    return {"type": "function-call", "functionCall": {"id": "call_1", "name": name, "parameters": arguments}}


SHAPES = [shape_a, shape_b, shape_c, shape_d, shape_e]


@pytest.mark.parametrize("shape", SHAPES)
async def test_every_shape_of_a_tool_call_is_answered(caller, shape):
    message = shape("find_slots", NINE)

    answer = await caller.tell(message.pop("type"), **message)

    assert answer.status_code == 200
    assert answer.json() == {"results": [{"name": "find_slots", "toolCallId": "call_1", "result": FREE}]}


async def test_a_legacy_call_without_an_id_is_answered_anew_each_time(caller):
    async def ask(when):
        call = {"name": "find_slots", "parameters": {"when": when}}
        return (await caller.tell("function-call", functionCall=call)).json()["results"][0]["result"]

    assert await ask("2026-03-24T09:00") == FREE
    assert await ask("2026-03-24T10:00") != FREE


@needs_payloads
@pytest.mark.parametrize("name", sorted(path.stem for path in PAYLOADS.glob("vapi_*.json") if path.is_file()))
async def test_every_captured_message_is_answered(http, name):
    captured = json.loads((PAYLOADS / f"{name}.json").read_text())
    if "message" not in captured:
        pytest.skip("what we send, or are answered")

    answer = await http.post("/webhooks/vapi", json=captured, headers=PROOF)

    assert answer.status_code == 200
    for result in answer.json().get("results", ()):
        assert result["error"] == "This number is not set up for appointments. Please call the business directly."


async def test_many_calls_of_tools_in_one_message_are_answered_in_their_order(caller):
    calls = [tool_call(f"call_{n}", "find_slots", {"when": f"2026-03-24T{9 + n % 8:02d}:00"}) for n in range(50)]

    results = await caller.use_all(*calls)

    assert [result["toolCallId"] for result in results] == [call["id"] for call in calls]
    assert all("is free for Check-up" in result["result"] for result in results)
    assert results[0]["result"] == results[8]["result"] == FREE


async def test_more_calls_of_tools_than_are_read_are_each_told_so(caller):
    results = await caller.use_all(*[tool_call(f"call_{n}", "my_appointments", {}) for n in range(70)])

    assert sum("too many tool calls" in result.get("error", "") for result in results) == 6


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (tool_call("call_1", "no_such_tool", {}), "There is no such tool. Use one of these: find_slots, "),
        (tool_call("call_1", "find_slots", "not json"), "That could not be read: the arguments are not JSON."),
        (tool_call("call_1", "find_slots", [1, 2]), "That could not be read: the arguments are not an object."),
        (tool_call("call_1", "find_slots", "when"), "That could not be read: the arguments are not JSON."),
        ({"id": "call_1", "type": "function"}, "That could not be read: the tool call names no tool."),
    ],
)
async def test_a_call_that_cannot_be_carried_out_is_told_what_to_do(caller, item, said):
    [result] = await caller.use_all(item)

    assert result["error"].startswith(said)
    assert "\n" not in result["error"]


@pytest.mark.parametrize(
    "value", [None, {"day": "monday"}, ["monday"], True, "", " \n ", "x" * 5_000, 0, 1e300, "\u202e"]
)
async def test_arguments_of_any_kind_are_answered_with_a_sentence(caller, value):
    for tool in ("find_slots", "book_appointment", "reschedule_appointment", "take_message", "business_info"):
        arguments = dict.fromkeys(("service", "when", "staff", "confirm", "hold", "topic", "message", "name"), value)

        assert await caller.use(tool, **arguments)

    assert "failed" not in await caller.codes()


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "secret-of-vapi-in-tests"}]
)
async def test_what_is_not_proven_is_refused_without_saying_why(caller, http, headers):
    answer = await http.post("/webhooks/vapi", json=caller.message("hang"), headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid")
    assert answer.json()["detail"] == "This request is not proven to come from Vapi."


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"[]", "not_an_object"),
        (b'{"message": "text"}', "not_an_object"),
        (b'{"message": {}}', "no_type"),
        (b'{"message": {"type": 5}}', "no_type"),
        (b'{"message":' * 5_000, "too_deep"),
    ],
)
async def test_a_proven_body_that_is_no_message_is_refused_with_a_code(http, body, code):
    answer = await http.post("/webhooks/vapi", content=body, headers=PROOF)

    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_a_body_of_40_megabytes_is_not_read(http):
    async def body():
        for _ in range(40):
            yield b"x" * 1_000_000

    answer = await http.post("/webhooks/vapi", content=body(), headers=PROOF)

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    "kind", ["conversation-update", "speech-update", "call.artifact.upload", "from-next-year", "hang"]
)
async def test_what_needs_no_answer_is_answered_that_it_came(app, caller, kind):
    def counted():
        label = kind if kind == "hang" else "other"
        return app.state.process.signals.counts.get(("voice_messages", label), 0)

    before = counted()
    answer = await caller.tell(kind)

    assert (answer.status_code, answer.json()) == (200, {})
    assert counted() == before + 1


async def test_a_call_of_nobodys_line_is_kept_without_secrets_and_told_to_call_elsewhere(make_caller, operator, http):
    caller = await make_caller()
    caller.line, caller.line_id, caller.assistant_id = "+442079460000", "unknown-line", "unknown-assistant"

    said = await caller.use("find_slots", when="tomorrow")
    asked = await caller.tell("assistant-request")
    again = await caller.tell("assistant-request")
    kept = (await http.get("/api/unrouted", params={"limit": 200}, headers=operator)).text

    assert said == "This number is not set up for appointments. Please call the business directly."
    assert (
        asked.json() == again.json() == {"error": "This number takes no calls at the moment. Please try again later."}
    )
    assert kept.count(caller.call_id) == 2
    assert "do-not-keep" not in kept


async def test_the_line_that_was_called_decides_and_not_what_is_said_in_the_call(make_caller):
    caller, other = await make_caller(), await make_caller()
    caller.assistant_id = other.assistant_id

    message = caller.message("tool-calls", toolCallList=[tool_call("call_1", "take_message", {"message": "Hello"})])
    message["message"]["call"]["metadata"] = {"client_id": str(other.desk.client.id), "client_key": "other"}
    await caller.http.post("/webhooks/vapi", json=message, headers=PROOF)

    assert len((await caller.desk.get("/attention")).json()["items"]) == 1
    assert (await other.desk.get("/attention")).json()["items"] == []


async def test_a_call_from_a_web_page_is_its_assistants(make_caller):
    caller = await make_caller(phone=None)
    message = caller.message("tool-calls", toolCallList=[tool_call("call_1", "find_slots", NINE)])
    message["message"].pop("phoneNumber")
    message["message"]["call"].pop("phoneNumberId")
    message["message"]["call"]["type"] = "webCall"

    answer = await caller.http.post("/webhooks/vapi", json=message, headers=PROOF)

    assert answer.json()["results"][0]["result"] == FREE


async def test_a_client_that_is_not_served_any_more_says_so(make_caller):
    caller = await make_caller(client={"status": "inactive", "timezone": "Europe/London"})

    said = await caller.use("book_appointment", when="tomorrow at ten")
    asked = await caller.tell("assistant-request")

    assert said == "Appointments cannot be booked here at the moment. Please call the business directly."
    assert asked.json()["error"].startswith("This number takes no calls")


async def test_who_asks_for_an_assistant_gets_the_clients_own_with_what_the_day_is(caller):
    answer = await caller.tell("assistant-request")

    assert answer.json()["assistantId"] == caller.assistant_id
    told = answer.json()["assistantOverrides"]["variableValues"]
    assert told["client_name"] == "Test Dental"
    assert told["today"] == "Wednesday the 18th of March 2026"
    assert told["timezone"] == "Europe/London"
    assert (await caller.shown())["status"] == "ringing"


async def test_a_client_without_an_assistant_hands_over_to_a_person(make_caller, sql):
    caller = await make_caller(assistant=False)
    await sql(
        "INSERT INTO contact_settings (client_id, hand_over_to) VALUES (:id, '+447400111222')",
        id=caller.desk.client.id,
    )

    answers = [await caller.tell(kind) for kind in ("assistant-request", "transfer-destination-request")]

    for answer in answers:
        destination = answer.json()["destination"]
        assert (destination["type"], destination["number"]) == ("number", "+447400111222")


async def test_where_nobody_can_take_over_it_is_said(caller):
    answer = await caller.tell("transfer-destination-request")

    assert answer.json() == {
        "error": "There is nobody I can put you through to right now. Shall I take a message instead?"
    }


async def test_nothing_personal_is_logged_of_a_call(caller, logged):
    await caller.use("book_appointment", when="tomorrow at ten", name="Ann Other", notes="Needs the ramp")
    await caller.use("take_message", message="A very private matter")
    await caller.tell("end-of-call-report", endedReason="customer-ended-call", transcript="User: I am Ann Other.")

    text = json.dumps(logged())
    found = [word for word in ("Ann Other", "ramp", "private", caller.phone, caller.line) if word in text]
    assert (found, "/webhooks/vapi" in text) == ([], True)
