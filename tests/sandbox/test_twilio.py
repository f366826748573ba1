"""The stand-in for Twilio: takes and refuses as Twilio does, and tells the service by signed webhooks."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from app.sandbox.twilio.rules import sign
from tests.sandbox import ACCOUNTS, Outside, sandbox
from tests.sandbox.listener import Listener, listening

MESSAGES = f"/2010-04-01/Accounts/{ACCOUNTS.twilio_sid}/Messages.json"
KEYS = (ACCOUNTS.twilio_sid, ACCOUNTS.twilio_token)
TEXT = {"To": "+447400123456", "From": "+447400999999", "Body": "See you at 10"}


@pytest.fixture(scope="module")
def outside() -> Iterator[Outside]:
    with sandbox() as outside:
        yield outside


@pytest.fixture(scope="module")
def service() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


@pytest.fixture(autouse=True)
def _fresh(outside: Outside, service: Listener) -> None:
    outside.reset()
    service.reset()


def post(outside: Outside, form: dict[str, str], **options: Any) -> httpx.Response:
    return httpx.post(outside.twilio_url + MESSAGES, data=form, **{"auth": KEYS, **options})


def statuses(service: Listener) -> list[str]:
    return [dict(parse_qsl(each.body.decode()))["MessageStatus"] for each in service.received]


def test_a_message_is_taken_and_its_states_are_told_by_signed_webhooks(outside, service):
    answer = post(outside, {**TEXT, "StatusCallback": f"{service.url}/status?id=7"})
    outside.settle()

    assert (answer.status_code, answer.json()["status"]) == (201, "queued")
    assert statuses(service) == ["sending", "sent", "delivered"]
    for webhook in service.received:
        form = parse_qsl(webhook.body.decode(), keep_blank_values=True)
        expected = sign(ACCOUNTS.twilio_token, f"{service.url}/status?id=7", form)
        assert webhook.headers["x-twilio-signature"] == expected
    assert "RawDlrDoneDate" in dict(parse_qsl(service.received[-1].body.decode()))
    assert outside.messages[0].status == "delivered"
