"""Whatever the bytes: a message with bounds, or Unreadable with a code, and nothing else."""

import json
import os
import secrets
import time
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from app.integrations.vapi.errors import Unreadable
from app.integrations.vapi.payloads import read_call, read_message, redacted

NAMES = st.sampled_from(
    [
        *("message", "type", "call", "id", "customer", "number", "phoneNumber", "assistant", "assistantId", "metadata"),
        *("toolCallList", "toolCalls", "toolWithToolCallList", "toolCall", "functionCall", "function", "name"),
        *("arguments", "parameters", "artifact", "transcript", "messages", "role", "recording", "recordingUrl"),
        *("analysis", "summary", "cost", "startedAt", "endedAt", "endedReason", "timestamp", "status", "secret"),
    ]
)
WORDS = st.one_of(
    st.text(max_size=20), st.sampled_from(["tool-calls", "end-of-call-report", "bot", "tool_calls", "{}", "a\x00b"])
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORDS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.one_of(NAMES, WORDS), inner, max_size=6)),
    max_leaves=25,
)
MEMBERS = (
    *(
        "call",
        "customer",
        "phoneNumber",
        "assistant",
        "toolCallList",
        "toolCalls",
        "toolWithToolCallList",
        "functionCall",
    ),
    *("artifact", "analysis", "messages", "transcript", "summary", "recordingUrl", "cost", "startedAt", "endedReason"),
)
MESSAGES = st.fixed_dictionaries(
    {"type": st.sampled_from(["tool-calls", "function-call", "end-of-call-report", "status-update", "new"])},
    optional=dict.fromkeys(MEMBERS, VALUES),
)


def code_of(body):
    with pytest.raises(Unreadable) as failure:
        read_message(body)
    assert failure.value.detail == Unreadable.ways[failure.value.code]
    return failure.value.code


def transcript_of(found):
    return found.report.transcript


def message(**members):
    return read_message(json.dumps({"message": {"type": "status-update", **members}}).encode())


def check_that_it_is_read(content):
    found = read_message(json.dumps({"message": content}).encode())

    assert found.type == content["type"]
    stored = orjson.dumps(redacted(found.content)) + orjson.dumps([each.arguments for each in found.tool_calls])
    assert b"\\u0000" not in stored + orjson.dumps(dict(found.metadata))
    call: Any = read_call({**content, "id": "c-1", "status": "ended"})
    assert (call.id, call.report is None) == ("c-1", False)


@settings(max_examples=40, deadline=None)
@given(MESSAGES)
def test_any_message_is_read_and_can_be_stored(content):
    check_that_it_is_read(content)


@pytest.mark.prove
def test_any_message_is_read_and_can_be_stored_at_length():
    chosen = int(os.environ.get("PROVE_SEED") or secrets.randbelow(2**32))
    print(f"\nPROVE_SEED={chosen}")  # noqa: T201 - a proof says how to repeat it

    @seed(chosen)
    @settings(max_examples=2_000, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(MESSAGES)
    def prove(content):
        check_that_it_is_read(content)

    prove()


@settings(max_examples=40, deadline=None)
@given(VALUES)
def test_any_json_is_a_message_or_unreadable(content):
    body = json.dumps(content).encode()
    said = content.get("message") if isinstance(content, dict) else None
    kind = said.get("type") if isinstance(said, dict) else None

    if isinstance(kind, str) and kind.isprintable() and 0 < len(kind) <= 200:
        assert read_message(body).type == kind
    else:
        assert code_of(body) in {"not_an_object", "no_type"}


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_unreadable(body):
    assert code_of(body) in Unreadable.ways


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not_json"),
        (b"hello", "not_json"),
        (b'{"message":', "not_json"),
        (b"\xff\xfe\x00", "not_json"),
        (b"[" * 100_000, "too_deep"),
        (b'{"message":' * 100_000, "too_deep"),
        (b" " * 20_000_001, "too_large"),
        (b"null", "not_an_object"),
        (b"[]", "not_an_object"),
        (b'"message"', "not_an_object"),
        (b"{}", "not_an_object"),
        (b'{"message": "tool-calls"}', "not_an_object"),
        (b'{"message": [{"type": "tool-calls"}]}', "not_an_object"),
        (b'{"message": {}}', "no_type"),
        (b'{"message": {"type": 5}}', "no_type"),
        (b'{"message": {"type": ""}}', "no_type"),
        (b'{"message": {"type": "a\\u0000b"}}', "no_type"),
        (b'{"message": {"type": "' + b"x" * 300 + b'"}}', "no_type"),
    ],
)
def test_what_is_no_message_has_a_code(body, code):
    assert code_of(body) == code


def test_half_a_surrogate_pair_or_half_a_character_loses_nothing_else():
    half_pair = b'{"message": {"type": "end-of-call-report", "transcript": "fine \\ud83d"}}'
    half_character = '{"message": {"type": "end-of-call-report", "transcript": "fine \u20ac"}}'.encode().replace(
        b"\xac", b""
    )

    assert transcript_of(read_message(half_pair)) == "fine \ufffd"
    assert transcript_of(read_message(half_character)) == "fine \ufffd"
    assert read_message(b"\xef\xbb\xbf" + half_pair).type == "end-of-call-report"


@pytest.mark.parametrize(
    "junk", ["x", 5, [], [[]], True, None, {"id": {}}, {"id": []}, {"id": "a\nb"}, {"id": "x" * 201}]
)
def test_a_text_where_an_object_belongs_is_nothing(junk):
    found = message(call=junk, assistant=junk, phoneNumber=junk, customer=junk, timestamp=junk)

    assert (found.call_id, found.assistant_id, found.phone_number_id, found.caller_number) == (None, None, None, None)


@pytest.mark.parametrize(
    "number",
    [
        *("anonymous", "Anonymous", "unknown", "", "+", "1234", "07400123456", "+0123456789", "+4474001234567890"),
        *("sip:ada@example.com", "+266696687", "+7378742833", "+44 7400 123456", None, 447400123456, {}),
    ],
)
def test_a_hidden_or_odd_number_is_no_caller(number):
    assert message(customer={"number": number}).caller_number is None


def test_the_caller_is_read_from_the_call_where_the_message_does_not_say():
    found = message(customer={}, call={"customer": {"number": "+447400123456"}, "phoneNumberId": "pn-1"})

    assert (found.caller_number, found.phone_number_id) == ("+447400123456", "pn-1")


def test_what_we_gave_a_call_along_comes_back_from_both_places():
    call = {
        "metadata": {"attempt_id": "a-1", "long": "x" * 5_000},
        "assistantOverrides": {"metadata": {"attempt_id": "old", "customer": "c-1"}},
    }

    metadata = message(call=call).metadata
    assert (metadata["attempt_id"], metadata["customer"], len(metadata["long"])) == ("a-1", "c-1", 1_000)


def test_nothing_of_a_person_shows_in_a_message_that_is_logged():
    found = message(customer={"number": "+447400123456"}, call={"metadata": {"name": "Ada"}}, secret="s3cret")

    assert not any(word in repr(found) for word in ("+447400123456", "Ada", "s3cret"))


@pytest.mark.parametrize(
    "transcript",
    [
        "4 " * 1_900_000,
        pytest.param("4" * 3_900_000, marks=pytest.mark.prove),
        pytest.param("4111 1111 1111 1111 " * 190_000, marks=pytest.mark.prove),
        pytest.param(("1" * 12 + "   ") * 260_000, marks=pytest.mark.prove),
    ],
)
def test_the_worst_transcript_that_fits_takes_no_more_than_seconds_of_work(transcript):
    body = json.dumps({"message": {"type": "end-of-call-report", "artifact": {"transcript": transcript}}}).encode()

    began = time.process_time()
    found = read_message(body)
    redacted(found.content)
    assert time.process_time() - began < 5  # 0.3 where this was written; steps that grow as its square take minutes
    assert len(transcript_of(found)) <= 200_000
