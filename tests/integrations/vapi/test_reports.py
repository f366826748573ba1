"""Reports of calls: where they say what, in which bounds, and why a call ended."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from app.integrations.vapi.payloads import KINDS, ended_kind, read_call, read_message

SPEC = Path(__file__).parents[4] / "shared" / "specs" / "vapi-openapi.json"


def report(**members):
    body = {"message": {"type": "end-of-call-report", "endedReason": "customer-ended-call", **members}}
    return read_message(json.dumps(body).encode()).report


def report_of(call):
    """Return the report in a call that was fetched."""
    found = read_call(call)
    assert found is not None
    return found.report


def test_what_the_artifact_has_goes_before_what_the_message_has():
    found = report(transcript="old", artifact={"transcript": "new", "messages": []}, messages=[{"role": "bot"}])

    assert (found.transcript, len(found.messages)) == ("new", 1)


def test_what_the_message_lacks_is_read_from_its_call():
    found = report(call={"startedAt": "2026-11-24T10:00:00Z", "endedAt": "2026-11-24T10:02:30.5Z", "cost": 0.1234})

    assert found.started_at == datetime(2026, 11, 24, 10, tzinfo=UTC)
    assert found.ended_at == datetime(2026, 11, 24, 10, 2, 30, 500_000, tzinfo=UTC)
    assert found.cost_usd == Decimal("0.1234")


@pytest.mark.parametrize(
    ("said", "read"),
    [
        (0, Decimal(0)),
        (1, Decimal(1)),
        (0.1 + 0.2, Decimal("0.3")),
        ("0.25", Decimal("0.25")),
    ],
)
def test_a_cost_is_an_amount_of_dollars(said, read):
    assert report(cost=said).cost_usd == read


@pytest.mark.parametrize("said", [-1, 1e9, 1e300, True, None, "much", "NaN", "Infinity", {}, [], "-0.1"])
def test_a_cost_that_makes_no_sense_is_none(said):
    assert report(cost=said).cost_usd is None


@pytest.mark.parametrize("said", [1722115418016.999, 1722115418, "2024-07-27T21:23:38.016999Z", "2024-07-27T21:23:38"])
def test_an_instant_comes_as_text_or_as_seconds_or_as_milliseconds(said):
    assert report(startedAt=said).started_at.replace(microsecond=0) == datetime(2024, 7, 27, 21, 23, 38, tzinfo=UTC)


@pytest.mark.parametrize(
    "said", ["soon", "", -1, 0, 1e300, 10**400, "0001-01-01", "9999-12-31T23:59:59-14:00", True, []]
)
def test_an_instant_that_is_none_is_none(said):
    assert report(startedAt=said).started_at is None


@pytest.mark.parametrize(
    "artifact",
    [
        {"recordingUrl": "https://files.example.com/1.wav"},
        {"recording": {"mono": {"combinedUrl": "https://files.example.com/1.wav"}}},
        {"recording": {"stereoUrl": "https://files.example.com/1.wav"}},
        {"recordingUrl": "http://files.example.com/0.wav", "stereoRecordingUrl": "https://files.example.com/1.wav"},
    ],
)
def test_a_recording_is_found_at_each_of_its_places(artifact):
    assert report(artifact=artifact).recording_url == "https://files.example.com/1.wav"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://a b", "https://a\nb", "https://" + "a" * 2_000, 5, {}])
def test_what_is_no_https_address_is_no_recording(url):
    assert report(artifact={"recordingUrl": url}).recording_url is None


def test_a_transcript_that_is_too_long_is_cut_and_says_so():
    found = report(artifact={"transcript": "word " * 100_000}, analysis={"summary": "s" * 20_000})

    assert (len(found.transcript), found.transcript[-6:]) == (200_000, " [cut]")
    assert (len(found.summary), found.summary[-6:]) == (10_000, " [cut]")


def test_of_turns_that_say_more_than_a_transcript_may_the_first_are_kept():
    said = [{"role": "user", "message": "4111 1111 1111 1112 " * 500}] * 450  # all of it would take 5 s to look at

    found = report(artifact={"messages": said})

    assert len(found.messages) == 20
    assert sum(len(turn.said) for turn in found.messages) == 200_000


def test_a_list_of_turns_has_an_end_and_a_system_prompt_is_no_turn():
    said = [{"role": "system", "message": "You are"}, 5, None, *[{"role": "user", "message": "yes"}] * 3_000]

    found = report(artifact={"messages": said})
    assert {(turn.role, turn.said) for turn in found.messages} == {("user", "yes")}
    assert len(found.messages) == 1_997


@pytest.mark.parametrize("junk", ["", "text", 5, [], {}, [[]], {"messages": "x"}, {"transcript": {}}, None, True])
def test_an_artifact_of_another_shape_is_an_empty_report(junk):
    found = report(artifact=junk, analysis=junk, messages=junk, transcript=5, summary=[], recordingUrl={})

    assert (found.transcript, found.summary, found.recording_url, found.messages) == (None, None, None, ())


def test_cards_that_were_read_out_are_nowhere_in_a_report():
    card = "my card is 4111 1111 1111 1111"
    turn = {"role": "user", "message": card}
    asked = ['{"n":"4111111111111111"}', {"n": "4111111111111111"}]
    tools = [{"role": "tool_calls", "toolCalls": [{"function": {"name": "pay", "arguments": each}}]} for each in asked]

    found = report(artifact={"transcript": card, "messages": [turn, *tools]}, summary=card)
    assert found.transcript == found.summary == found.messages[0].said == "my card is [card 1111]"
    assert found.messages[1].said == found.messages[2].said == '{"n":"[card 1111]"}'


def test_nothing_that_was_said_shows_in_a_report_that_is_logged():
    found = report(
        transcript="I am Ada", summary="Ada called", artifact={"messages": [{"role": "bot", "message": "Ada"}]}
    )

    assert "Ada" not in repr(found) + repr(found.messages)


def test_a_call_that_was_fetched_has_its_report_once_it_has_ended():
    call = {
        "id": "1",
        "status": "ended",
        "endedReason": "voicemail",
        "artifact": {"transcript": "AI: Hello"},
        "cost": 1,
    }

    report = report_of(call)
    assert (report.ended_reason, report.transcript, report.cost_usd) == ("voicemail", "AI: Hello", Decimal(1))
    assert report_of({**call, "status": "in-progress"}) is None


@pytest.mark.parametrize("junk", [None, {}, ["id"], "x", {"id": 5}, {"id": ""}])
def test_an_answer_without_an_id_is_no_call(junk):
    assert read_call(junk) is None


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("customer-ended-call", "completed"),
        ("customer-ended-call-during-transfer", "completed"),
        ("assistant-ended-call-after-message-spoken", "completed"),
        ("assistant-forwarded-call", "completed"),
        ("hangup", "completed"),
        ("customer-did-not-answer", "no_answer"),
        ("customer-busy", "busy"),
        ("voicemail", "voicemail"),
        ("silence-timed-out", "silence"),
        ("exceeded-max-duration", "too_long"),
        ("manually-canceled", "cancelled"),
        ("call.start.error-subscription-concurrency-limit-reached", "never_connected"),
        ("call.start.error-vapifault-get-org", "never_connected"),
        ("call.in-progress.error-vapifault-worker-died", "provider_failed"),
        ("call.in-progress.error-providerfault-openai-llm-failed", "provider_failed"),
        ("pipeline-error-openai-llm-failed", "provider_failed"),
        ("assistant-request-returned-no-assistant", "no_assistant"),
        ("call.forwarding.no-answer", "not_transferred"),
        ("a-reason-of-next-year", "other"),
        ("a-vapifault-of-next-year", "provider_failed"),
        ("", "other"),
        (None, "other"),
    ],
)
def test_a_reason_is_of_a_kind_by_how_it_begins(reason, kind):
    assert ended_kind(reason) == kind
    assert kind in KINDS


def test_every_reason_that_vapi_documents_has_a_kind_of_its_own():
    if not SPEC.exists():
        pytest.skip("there is no ../shared/specs/vapi-openapi.json")
    answers = json.loads(SPEC.read_text())["paths"]["/call"]["post"]["responses"]["201"]["content"]
    call = answers["application/json"]["schema"]["oneOf"][0]
    reasons = call["properties"]["endedReason"]["enum"]

    assert len(reasons) > 600
    assert [each for each in reasons if ended_kind(each) == "other"] == []
