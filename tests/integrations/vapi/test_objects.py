"""What we send fits Vapi's own description, has its bounds, and does not show its secrets."""

import json
from functools import lru_cache

import jsonschema_rs
import pytest
from pydantic import SecretStr, ValidationError

from app.integrations.vapi import objects
from tests.integrations.vapi import bodies
from tests.prism import mended
from tests.sandbox.descriptions import VAPI, description

MADE = {
    "/assistant": bodies.assistant(),
    "/tool": bodies.tool(),
    "/phone-number": bodies.phone_number(),
    "/call": bodies.call(),
}


def strict(part):
    """Return a schema that takes no member which it does not name, for Vapi's own takes any."""
    if isinstance(part, list):
        return [strict(each) for each in part]
    if not isinstance(part, dict):
        return part
    turned = {name: strict(value) for name, value in part.items()}
    if isinstance(turned.get("properties"), dict) and turned.get("type") == "object":
        turned["additionalProperties"] = False
    return turned


@lru_cache
def takes(path, method="post"):
    """Return what checks the body of a request against the description."""
    content = mended(description(VAPI))["paths"][path][method]["requestBody"]["content"]["application/json"]
    return jsonschema_rs.Draft7Validator(strict(content["schema"]))


@pytest.mark.parametrize("path", MADE)
def test_what_makes_something_is_as_vapi_describes_it(path):
    takes(path).validate(MADE[path].as_json())


@pytest.mark.parametrize("path", ["/assistant", "/tool", "/phone-number"])
def test_what_changes_something_is_as_vapi_describes_it(path):
    takes(f"{path}/{{id}}", "patch").validate(MADE[path].as_json())


@pytest.mark.parametrize("path", MADE)
def test_a_misspelt_or_wrong_member_would_be_seen(path):
    body = MADE[path].as_json()

    assert not takes(path).is_valid({**body, "nmae": "Demo"})
    assert not takes(path).is_valid({**body, "name" if path != "/tool" else "function": "x" * 41})


def test_what_is_not_set_is_not_sent():
    body = objects.Tool(function=objects.Function(name="business_info", description="Tells."), messages=()).as_json()

    assert "server" not in body
    assert body["function"] == {
        "name": "business_info",
        "description": "Tells.",
        "parameters": {"type": "object", "properties": {}, "required": []},
    }


def test_texts_of_a_number_stay_ours():
    assert bodies.phone_number().as_json()["smsEnabled"] is False
    with pytest.raises(ValidationError):
        objects.PhoneNumber(number="+442071838750", twilio_account_sid="AC" + "0" * 32, sms_enabled=True)


def test_the_secrets_are_sent_and_not_shown():
    body = bodies.phone_number()

    assert body.as_json()["twilioAuthToken"] == "twilios-own-token"
    assert "twilios-own" not in repr(body)
    assert not any(word in repr(bodies.call()) for word in ("Ada", bodies.CALLER))


def test_every_turn_of_a_conversation_is_not_asked_for():
    assert bodies.assistant().as_json()["serverMessages"] == [
        "tool-calls",
        "status-update",
        "end-of-call-report",
        "hang",
        "transfer-destination-request",
    ]


@pytest.mark.parametrize(
    ("shape", "members"),
    [
        (objects.Customer, {"number": "07400 123456"}),
        (objects.Customer, {"number": "anonymous"}),
        (objects.Customer, {"number": bodies.CALLER, "name": "x" * 41}),
        (objects.Customer, {"number": bodies.CALLER, "name": ""}),
        (objects.Server, {"url": "booking.example.com"}),
        (objects.Server, {"url": "https://booking.example.com", "timeout_seconds": 301}),
        (objects.Backoff, {"max_retries": 11}),
        (objects.ToolMessage, {"type": "request-start", "content": ""}),
        (objects.ToolMessage, {"type": "request-response-delayed", "content": "x", "timing_milliseconds": 99}),
        (objects.Parameter, {"key": "caller number", "value": "x"}),
        (objects.Function, {"name": "two words", "description": "x"}),
        (objects.Function, {"name": "x" * 65, "description": "x"}),
        (objects.Model, {"provider": "openai", "model": "gpt", "temperature": 2.5}),
        (objects.PhoneNumber, {"number": "+442071838750", "twilio_account_sid": "AC1"}),
        (objects.Overrides, {"metadata": {"a": 1}}),
        (objects.OutboundCall, {"assistant_id": "../x", "phone_number_id": "p", "customer": {"number": bodies.CALLER}}),
    ],
)
def test_what_vapi_would_refuse_is_not_made(shape, members):
    with pytest.raises(ValidationError) as failure:
        shape(**members)

    assert bodies.CALLER not in str(failure.value)


def test_the_longest_bodies_fit_the_description_too():
    body = objects.PhoneNumber(
        number="+123456789012345",
        twilio_account_sid="AC" + "f" * 32,
        twilio_auth_token=SecretStr("x" * 100),
        name="n" * 40,
        fallback_destination=objects.NumberDestination(number="+1234567", message="m" * 1_000),
    ).as_json()

    takes("/phone-number").validate(body)
    assert json.loads(json.dumps(body)) == body
