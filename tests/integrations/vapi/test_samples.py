"""Payloads that others have captured or published: each is read, or refused, as the research says."""

from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from app.integrations.vapi.errors import Unreadable
from app.integrations.vapi.payloads import read_call, read_message, redacted

PAYLOADS = Path(__file__).parents[4] / "shared" / "payloads"
CALLER, CALLED = "+14566836490", "+19254207621"

TOOL_CALLS = {
    "vapi_tool_calls_arguments_string.json": [("test", "shopInfo", {})],
    "vapi_tool_calls_docs_shape.json": [
        ("toolu_01DTPAzUm5Gk3zxrpJ969oMF", "get_weather", {"location": "San Francisco"})
    ],
    "vapi_tool_calls_events_page_shape.json": [
        ("abc123", "sendEmail", {"emailAddress": "john@example.com", "message": "Hi!"})
    ],
    "vapi_tool_calls_groq_squad.json": [
        ("call_51kj", "getWeatherByCity_001", {"city": "Danville", "state": "California"})
    ],
    "vapi_tool_calls_second_attempt_same_function.json": [
        ("call_fzEwCjWnJsuwoeGQGbITcnpw", "WeatherLookupService0--getWeatherOutside", {})
    ],
    "vapi_function_call_legacy.json": [
        ("test-123", "checkAvailabilityALAKRAN", {"hora": "13:00", "fecha": "2025-09-03", "personas": 4})
    ],
}
OTHERS = {
    "vapi_assistant_request.json": "assistant-request",
    "vapi_end_of_call_report_docs.json": "end-of-call-report",
    "vapi_end_of_call_report_squad.json": "end-of-call-report",
    "vapi_status_update_ended_webcall.json": "status-update",
    "vapi_status_update_in_progress.json": "status-update",
}
NO_MESSAGES = {"vapi_create_call_response.json", "vapi_tool_response_ok_and_error.json"}


def sample(name):
    """Return the bytes of a payload, or skip the test where payloads are absent."""
    if not (PAYLOADS / name).exists():
        pytest.skip(f"there is no {name} in ../shared/payloads")
    return (PAYLOADS / name).read_bytes()


def reading(body):
    """Return the message; a test that asks for what is not there shall fail."""
    return read_message(body)


def called(body):
    """Return the call."""
    return read_call(orjson.loads(body))


@pytest.mark.parametrize("name", TOOL_CALLS)
def test_each_shape_of_a_tool_call_is_read(name):
    message = reading(sample(name))

    assert [(each.id, each.name, each.arguments) for each in message.tool_calls] == TOOL_CALLS[name]
    assert [each.problem for each in message.tool_calls] == [None]


@pytest.mark.parametrize("name", OTHERS)
def test_each_other_message_is_read(name):
    message = reading(sample(name))

    assert message.type == OTHERS[name]
    assert message.call_id
    assert message.tool_calls == ()


@pytest.mark.parametrize("name", sorted(NO_MESSAGES))
def test_what_is_no_message_is_refused(name):
    with pytest.raises(Unreadable) as failure:
        reading(sample(name))

    assert failure.value.code == "not_an_object"


def test_there_is_no_payload_of_vapis_that_is_not_looked_at():
    known = {*TOOL_CALLS, *OTHERS, *NO_MESSAGES}
    if not PAYLOADS.exists():
        pytest.skip("there is no ../shared/payloads")

    assert {path.name for path in PAYLOADS.glob("vapi_*.json")} == known


def test_a_request_for_an_assistant_says_who_calls_whom():
    message = reading(sample("vapi_assistant_request.json"))

    assert (message.caller_number, message.called_number) == (CALLER, CALLED)
    assert message.phone_number_id == "4a5a04dc-dcbe-45b1-8f64-fd32a253d136"
    assert (message.assistant_id, message.call_type) == (None, "inboundPhoneCall")
    assert message.at == datetime(2024, 7, 25, 18, 53, 47, 736000, tzinfo=UTC)


def test_the_status_is_the_messages_own_not_the_old_one_in_its_call():
    ended = reading(sample("vapi_status_update_ended_webcall.json"))
    running = reading(sample("vapi_status_update_in_progress.json"))

    assert (ended.status, ended.ended_reason) == ("ended", "customer-ended-call")
    assert (running.status, running.ended_reason) == ("in-progress", None)


def test_a_report_is_read_where_it_was_in_2024():
    report = reading(sample("vapi_end_of_call_report_squad.json")).report

    assert report.transcript.startswith("AI: Hi there. I'm assistant 1.\nUser: ")
    assert report.summary.startswith("The user inquired about the weather")
    assert report.recording_url.endswith("-mono.wav")
    assert [turn.role for turn in report.messages[:4]] == ["assistant", "user", "tool_call", "tool_result"]
    assert report.messages[2].name == "getWeatherByCity_001"
    assert report.messages[2].said == '{"city": "Danville", "state": "California"}'
    assert report.messages[3].said == "The weather in Danville, California is windy"
    assert report.messages[1].at == 6.34


def test_a_report_is_read_where_the_documentation_has_it():
    report = reading(sample("vapi_end_of_call_report_docs.json")).report

    assert report.transcript == "AI: How can I help? User: What's the weather? ..."
    assert [(turn.role, turn.said) for turn in report.messages] == [
        ("assistant", "How can I help?"),
        ("user", "What's the weather?"),
    ]
    assert (report.summary, report.recording_url, report.cost_usd, report.started_at) == (None, None, None, None)


def test_a_call_that_was_ordered_is_read_with_what_may_still_be_ordered():
    call = called(sample("vapi_create_call_response.json"))

    assert (call.id, call.status, call.type) == ("019a9c95-32a0-7ccd-93e9-2655308be9ae", "queued", "outboundPhoneCall")
    assert (call.limits.at_once, call.limits.left, call.limits.blocked) == (10, 9, False)
    assert call.metadata == {"source": "automated_test"}
    assert call.report is None


def test_the_secret_of_a_server_does_not_survive_redaction():
    content = reading(sample("vapi_tool_calls_groq_squad.json")).content

    assert b'"secret":"12345"' in orjson.dumps(content)
    stored = orjson.dumps(redacted(content))
    assert b'"secret":"12345"' not in stored
    assert b'"secret":"[hidden]"' in stored
