"""The stand-ins answer as the vendors' own descriptions say, and their webhooks are like those that were captured."""

import json
from urllib.parse import parse_qsl

import jsonschema_rs
import pytest

from app.sandbox.twilio.rules import sign
from tests.sandbox.descriptions import TWILIO, VAPI, answer_schema, captured
from tests.sandbox.test_twilio import TEXT, get, post, receive, told
from tests.sandbox.test_vapi import NUMBER, TOOL, ask, call_of

MESSAGES = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
NOT_DESCRIBED = {"metadata", "subscriptionLimits"}
"""What Vapi answers in practice beyond its description."""


def check(schema, answer):
    jsonschema_rs.Draft7Validator(schema).validate(answer)


def test_messages_are_shown_as_twilio_describes_them(outside):
    made = post(outside, TEXT).json()
    sent_by_service = post(
        outside, {"To": TEXT["To"], "MessagingServiceSid": "MG" + "a" * 32, "Body": "é" * 200}
    ).json()
    outside.settle()
    schema = answer_schema(TWILIO, MESSAGES, "post", 201)
    fields = set(schema["components"]["schemas"]["api.v2010.account.message"]["properties"])

    for message in (made, sent_by_service, get(outside, made["uri"])):
        check(schema, message)
        assert set(message) == fields


def test_messages_are_listed_as_twilio_describes_it(outside):
    for _ in range(3):
        post(outside, TEXT)
    schema = answer_schema(TWILIO, MESSAGES, "get", 200)

    page = get(outside, PageSize="1", Page="1")
    check(schema, page)
    assert set(page) == set(schema["properties"])


@pytest.mark.parametrize(
    ("kind", "body"),
    [("assistant", {"name": "Desk", "firstMessage": "Hello."}), ("tool", TOOL), ("phone-number", NUMBER)],
)
def test_things_are_shown_as_vapi_describes_them(outside, kind, body):
    made = ask(outside, "POST", f"/{kind}", body).json()

    check(answer_schema(VAPI, f"/{kind}", "post", 201), made)
    check(answer_schema(VAPI, f"/{kind}/{{id}}", "get", 200), ask(outside, "GET", f"/{kind}/{made['id']}").json())


def test_calls_are_shown_as_vapi_describes_them(outside, service):
    placed = ask(outside, "POST", "/call", {**call_of(outside, service), "metadata": {"attempt_id": "7"}}).json()
    outside.settle()
    call = ask(outside, "GET", f"/call/{placed['id']}").json()
    schema = answer_schema(VAPI, "/call/{id}", "get", 200)

    check(answer_schema(VAPI, "/call", "post", 201), placed)
    check(schema, call)
    check(answer_schema(VAPI, "/call", "get", 200), ask(outside, "GET", "/call").json())
    assert set(placed) | set(call) <= set(schema["properties"]) | NOT_DESCRIBED


def test_a_placed_call_has_what_a_captured_one_has(outside, service):
    placed = ask(outside, "POST", "/call", {**call_of(outside, service), "metadata": {"source": "test"}}).json()

    only_of_the_network = {"phoneCallProviderId", "monitor", "transport"}
    assert set(captured("vapi_create_call_response.json")) - only_of_the_network <= set(placed)


def test_a_received_text_has_the_fields_of_a_captured_one(outside, service):
    receive(outside, service, "hello")
    receive(outside, service, "look", media=2)

    assert set(told(service)[0]) == set(captured("twilio_inbound_sms.json"))
    assert set(captured("twilio_inbound_mms.json")) <= set(told(service)[1])


def test_states_are_told_with_the_fields_of_captured_ones(outside, service):
    text = {**TEXT, "StatusCallback": f"{service.url}/status"}
    post(outside, text)
    post(outside, text, headers={"Sandbox-Fault": "30003"})
    post(outside, {**text, "From": "", "MessagingServiceSid": "MG" + "a" * 32})
    outside.settle()
    by_status = {form["MessageStatus"]: set(form) for form in told(service) if "MessagingServiceSid" not in form}
    by_service = [set(form) for form in told(service) if "MessagingServiceSid" in form]

    assert set(captured("twilio_status_sent_docs.json")) <= by_status["sent"]
    for file in ("twilio_status_delivered_rawdlr.json", "twilio_status_undelivered_30003.json"):
        assert set(captured(file)) - {"Timestamp"} <= by_status[captured(file)["MessageStatus"]]
    assert all(fields >= set(captured("twilio_status_sent_messaging_service.json")) - {"From"} for fields in by_service)


def test_a_refusal_is_like_a_captured_one(outside):
    assert post(outside, {**TEXT, "To": "+15005550004"}).json() == captured("twilio_error_21610.json")


def test_a_call_is_told_of_with_the_fields_of_captured_messages(outside, service):
    ask(outside, "POST", "/call", call_of(outside, service))
    outside.settle()
    messages = {
        (each["type"], each.get("status")): each
        for each in (json.loads(one.body)["message"] for one in service.received)
    }

    assert set(captured("vapi_status_update_in_progress.json")["message"]) <= set(
        messages["status-update", "in-progress"]
    )
    assert set(captured("vapi_end_of_call_report_docs.json")["message"]) <= set(messages["end-of-call-report", None])
    ended = set(captured("vapi_status_update_ended_webcall.json")["message"]) - {"assistant"}
    assert ended <= set(messages["status-update", "ended"])


def test_webhooks_are_signed_as_twilio_signs_them():
    vectors = captured("twilio_signature_vectors.json")
    repeated = parse_qsl(vectors["duplicate_params"]["form"])

    assert sign(vectors["token"], vectors["url"], list(vectors["params"].items())) == vectors["expected_sha1_base64"]
    assert sign(vectors["token"], vectors["url"], repeated) == vectors["duplicate_params"]["expected"]
    assert sign(vectors["token"], vectors["json_body"]["url"], []) == vectors["json_body"]["expected"]
