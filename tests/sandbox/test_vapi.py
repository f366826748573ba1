"""The stand-in for Vapi: keeps what is provisioned, places calls, and tells the service how they went."""

import base64
import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from standardwebhooks import Webhook

from app.sandbox.vapi.rules import proof
from tests.sandbox import ACCOUNTS, Outside
from tests.sandbox.asking import BROKEN, http
from tests.sandbox.listener import Listener

KEY = {"Authorization": f"Bearer {ACCOUNTS.vapi_key}"}
TOOL = {"type": "function", "function": {"name": "find_slots", "parameters": {"type": "object", "properties": {}}}}
NUMBER = {"provider": "twilio", "number": "+442071838750", "twilioAccountSid": "AC" + "0" * 32}
NOBODY = "9c961570-cf62-45a9-983f-358e15c17cb7"
CUSTOMER = {"number": "+447400123456", "name": "Sam"}


def ask(outside: Outside, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
    return http.request(method, outside.vapi_url + path, json=body, headers={**KEY, **headers})


def call_of(outside: Outside, service: Listener) -> dict[str, Any]:
    assistant = ask(outside, "POST", "/assistant", {"name": "Desk", "server": {"url": f"{service.url}/vapi"}}).json()
    number = ask(outside, "POST", "/phone-number", NUMBER).json()
    return {"assistantId": assistant["id"], "phoneNumberId": number["id"], "customer": CUSTOMER}


def told(service: Listener) -> list[str]:
    messages = [json.loads(each.body)["message"] for each in service.received]
    return [message.get("status") or message["type"] for message in messages]


@pytest.mark.parametrize(("kind", "body"), [("assistant", {"name": "Desk"}), ("tool", TOOL), ("phone-number", NUMBER)])
def test_things_are_made_read_changed_listed_and_removed(outside, kind, body):
    made = ask(outside, "POST", f"/{kind}", body)
    identifier = made.json()["id"]
    changed = ask(outside, "PATCH", f"/{kind}/{identifier}", {"server": {"url": "http://127.0.0.1:8000"}})
    listed = ask(outside, "GET", f"/{kind}")
    removed = ask(outside, "DELETE", f"/{kind}/{identifier}")

    assert (made.status_code, changed.status_code) == (201, 200)
    assert body.items() <= made.json().items()
    assert changed.json()["server"] == {"url": "http://127.0.0.1:8000"}
    assert listed.json() == [changed.json()] == [removed.json()]
    assert ask(outside, "GET", f"/{kind}/{identifier}").status_code == 404


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("assistant", {"name": "x" * 41}),
        ("assistant", {"server": "http://127.0.0.1"}),
        ("tool", {"type": "function", "function": {"name": "two words"}}),
        ("tool", {"type": "function", "function": {"name": "find_slots", "parameters": {"type": "object"}}}),
        ("tool", {"type": "dtmf"}),
        ("phone-number", {**NUMBER, "number": "020"}),
        ("phone-number", {"provider": "vapi"}),
    ],
)
def test_what_vapi_would_refuse_is_refused(outside, kind, body):
    answer = ask(outside, "POST", f"/{kind}", body)

    assert (answer.status_code, answer.json()["statusCode"]) == (400, 400)
    assert ask(outside, "GET", f"/{kind}").json() == []


def test_a_wrong_key_is_refused(outside):
    assert ask(outside, "GET", "/assistant", Authorization="Bearer wrong").status_code == 401


def test_an_outbound_call_rings_is_answered_and_ends(outside, service):
    wanted = {**call_of(outside, service), "metadata": {"attempt_id": "7"}}
    placed = ask(outside, "POST", "/call", wanted).json()
    outside.settle()
    call = ask(outside, "GET", f"/call/{placed['id']}").json()

    assert (placed["status"], placed["subscriptionLimits"]["remainingConcurrentCalls"]) == ("queued", 9)
    assert told(service) == ["ringing", "in-progress", "ended", "end-of-call-report"]
    assert (call["status"], call["endedReason"]) == ("ended", "customer-ended-call")
    assert call["metadata"] == {"attempt_id": "7"}
    assert {each.headers["authorization"] for each in service.received} == {f"Bearer {ACCOUNTS.vapi_secret}"}


def test_the_report_brings_transcript_cost_and_reason_and_the_call_as_it_was_at_first(outside, service):
    ask(outside, "POST", "/call", call_of(outside, service))
    outside.settle()
    report = json.loads(service.received[-1].body)["message"]

    assert "AI: Hello." in report["artifact"]["transcript"]
    assert {"endedReason", "analysis", "startedAt", "endedAt", "cost", "customer", "phoneNumber"} <= set(report)
    assert report["call"]["status"] == "queued"


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("no-answer", ["ringing", "ended", "end-of-call-report"]),
        ("disorder", ["ringing", "in-progress", "end-of-call-report", "ended"]),
        ("lost", []),
        ("still", []),
    ],
)
def test_calls_go_as_they_may_in_the_world(outside, service, fault, expected):
    ask(outside, "POST", "/call", call_of(outside, service), **{"Sandbox-Fault": fault})
    outside.settle()

    assert told(service) == expected


def test_a_call_that_was_placed_and_never_answered_for_is_found_by_its_metadata(outside, service):
    wanted = {**call_of(outside, service), "metadata": {"attempt_id": "7"}}
    outside.faults.next("cut-after", api="vapi")
    with pytest.raises(BROKEN):
        ask(outside, "POST", "/call", wanted)

    found = ask(outside, "GET", "/call?createdAtGt=2020-01-01T00:00:00Z&limit=10").json()
    assert [call["metadata"] for call in found] == [{"attempt_id": "7"}]
    assert ask(outside, "GET", "/call?createdAtGt=2099-01-01T00:00:00Z").json() == []


def test_calls_are_listed_by_assistant_and_instant_latest_first(outside, service):
    wanted = call_of(outside, service)
    first, second = (ask(outside, "POST", "/call", wanted, **{"Sandbox-Fault": "still"}).json() for _ in range(2))

    def listed(query: str) -> list[str]:
        return [call["id"] for call in ask(outside, "GET", f"/call?{query}").json()]

    assert listed(f"assistantId={wanted['assistantId']}") == [second["id"], first["id"]]
    assert listed(f"createdAtGe={second['createdAt']}&limit=1") == [second["id"]]
    assert first["id"] not in listed(f"createdAtGt={first['createdAt']}")
    assert second["id"] in listed(f"createdAtLe={second['createdAt']}")
    assert listed(f"phoneNumberId={NOBODY}") == []


def test_a_change_that_vapi_would_refuse_changes_nothing(outside):
    made = ask(outside, "POST", "/tool", TOOL).json()
    answer = ask(outside, "PATCH", f"/tool/{made['id']}", {"type": "dtmf"})

    assert answer.status_code == 400
    assert ask(outside, "GET", f"/tool/{made['id']}").json() == made


@pytest.mark.parametrize(
    "changes",
    [
        {"customer": {"number": "anonymous"}},
        {"assistantOverrides": [1]},
        {"metadata": "x"},
        {"assistantId": NOBODY},
        {"phoneNumberId": None},
        {"customer": None},
    ],
)
def test_a_call_to_nobody_or_by_nobody_is_refused(outside, service, changes):
    assert ask(outside, "POST", "/call", {**call_of(outside, service), **changes}).status_code == 400
    assert outside.calls == []


def test_no_more_calls_are_placed_than_may_be_in_progress(outside, service):
    wanted = call_of(outside, service)
    answers = [ask(outside, "POST", "/call", wanted, **{"Sandbox-Fault": "still"}) for _ in range(11)]

    assert [answer.status_code for answer in answers] == [201] * 10 + [400]
    assert answers[9].json()["subscriptionLimits"]["remainingConcurrentCalls"] == 0


def test_a_call_that_somebody_else_plays_can_be_read(outside):
    played = {"id": str(uuid4()), "status": "in-progress", "type": "inboundPhoneCall"}
    http.post(f"{outside.url}/_sandbox/calls", json=played)

    assert ask(outside, "GET", f"/call/{played['id']}").json() == played


@pytest.mark.parametrize(("path", "status"), [("/call/no-uuid", 400), (f"/call/{NOBODY}", 404)])
def test_a_call_that_is_none_is_not_found(outside, path, status):
    assert ask(outside, "GET", path).status_code == status


BODY = b'{"message":{"type":"tool-calls","toolCallList":[]}}'


def proven(plan: dict[str, str | bool], secret: str = "topsecret") -> dict[str, str]:
    return proof(plan, secret, body=BODY, url="http://127.0.0.1/vapi", seconds=1767225600, message_id="msg_1")


@pytest.mark.parametrize(
    ("plan", "headers"),
    [
        ({"type": "bearer"}, {"Authorization": "Bearer topsecret"}),
        (
            {"type": "bearer", "headerName": "X-Vapi-Secret", "bearerPrefixEnabled": False},
            {"X-Vapi-Secret": "topsecret"},
        ),
        (
            {"type": "hmac"},
            {
                "x-signature": "7c4e1ac4b69b1099d4251546eb3500fb12e640babdeb20e286f8007bc75a23da",
                "x-timestamp": "1767225600",
            },
        ),
        ({"type": "oauth2"}, {}),
    ],
)
def test_webhooks_prove_themselves_as_the_plan_says(plan, headers):
    assert proven(plan) == headers


def test_a_plan_can_be_that_of_standard_webhooks():
    secret = base64.b64encode(b"a" * 32).decode()
    plan: dict[str, str | bool] = {
        "type": "hmac",
        "payloadFormat": "{svix-id}.{timestamp}.{body}",
        "signatureEncoding": "base64",
        "signaturePrefix": "v1,",
        "secretIsBase64": True,
        "signatureHeader": "webhook-signature",
        "timestampHeader": "webhook-timestamp",
        "messageIdHeader": "webhook-id",
    }
    expected = Webhook(secret).sign("msg_1", datetime.fromtimestamp(1767225600, UTC), BODY.decode())

    assert proven(plan, secret) == {
        "webhook-signature": expected,
        "webhook-timestamp": "1767225600",
        "webhook-id": "msg_1",
    }
