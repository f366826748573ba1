"""A stranger's Twilio (`emulate`, from npm): it takes what we send, and we take what it signs."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from app.core.clock import utcnow
from app.integrations.twilio.api import Twilio
from app.integrations.twilio.errors import TwilioKeyRefused, TwilioRefused
from app.integrations.twilio.payloads import read_form, read_inbound, read_status
from app.integrations.twilio.signature import FORM, Secrets, verify
from tests.cli.processes import free_port
from tests.npm import installed
from tests.sandbox.listener import Listener, listening

pytestmark = pytest.mark.prove

VERSION = "0.11.2"
"""The last that runs on Node 20; what npm calls the latest is another program."""
PROGRAM = Path("node_modules", "emulate", "dist", "index.js")
STARTING_SECONDS = 30
ACCOUNT, TOKEN, LINE = "AC" + "0" * 32, "twilio_test_auth_token", "+15551234567"
TO = "+447400123456"
SECRETS = Secrets(SecretStr(TOKEN))


@pytest.fixture(scope="module")
def emulated() -> Iterator[str]:
    """The address of the stranger."""
    node, program = installed("emulate", "emulate", VERSION, PROGRAM)
    url = f"http://127.0.0.1:{free_port()}"
    command = [node, program, "start", "--service", "twilio", "--port", url.rpartition(":")[2]]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, start_new_session=True
    )
    try:
        for _ in range(STARTING_SECONDS * 10):
            assert process.poll() is None, "it has ended"
            try:
                httpx.get(url)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)


@pytest.fixture
def twilio(client, emulated) -> Twilio:
    """The stranger's API."""
    return Twilio(client, emulated, ACCOUNT, ACCOUNT, SecretStr(TOKEN))


@pytest.fixture
def service() -> Iterator[Listener]:
    """What stands for our webhooks."""
    with listening() as listener:
        yield listener


def simulate(emulated, what, **form):
    """Have something happen at the stranger's."""
    httpx.post(f"{emulated}/_twilio/simulate/{what}", data=form, auth=(ACCOUNT, TOKEN)).raise_for_status()


def taken(webhook, url):
    """Return the form of a webhook, if it was signed for that address."""
    verify(url=url, headers=webhook.headers, body=webhook.body, content_type=FORM, secrets=SECRETS)
    return read_form(webhook.body)


async def test_what_we_send_is_taken_and_listed_and_we_take_what_is_told_of_it(twilio, emulated, service):
    url = f"{service.url}/status?m=42&x=%20a"
    began = utcnow()

    sent = await twilio.send(to=TO, sender=LINE, body="Hello \N{GRINNING FACE}", status_callback=url, token="42")
    simulate(emulated, "message-status", MessageSid=sent.sid, Status="delivered")

    told = [read_status(taken(webhook, url)) for webhook in service.received]
    assert told[-1].status == "delivered"
    assert {(each.sid, each.recipient, each.known) for each in told} == {(sent.sid, TO, True)}
    (listed,) = await twilio.list_sent(to=TO, since=began, sender=LINE)
    assert (listed.sid, listed.status) == (sent.sid, "delivered")
    assert listed.says("Hello \N{GRINNING FACE}")


async def test_a_text_that_comes_in_there_is_read_here(emulated, service):
    url = f"{service.url}/sms"
    numbers = f"{emulated}/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers"
    (number,) = httpx.get(f"{numbers}.json", auth=(ACCOUNT, TOKEN)).json()["incoming_phone_numbers"]
    httpx.post(f"{numbers}/{number['sid']}.json", data={"SmsUrl": url}, auth=(ACCOUNT, TOKEN)).raise_for_status()

    simulate(emulated, "inbound-message", To=LINE, From=TO, Body="1 & yes + no\n\N{GRINNING FACE}")

    (webhook,) = service.received
    read = read_inbound(taken(webhook, url))
    assert (read.sender, read.line, read.body) == (TO, LINE, "1 & yes + no\n\N{GRINNING FACE}")
    assert (read.messaging_service, read.media_count, read.of_a_phone) == ("MG" + "0" * 32, 0, True)


async def test_what_is_refused_there_has_its_name_here(twilio, emulated, client):
    wrong = Twilio(client, emulated, ACCOUNT, ACCOUNT, SecretStr("wrong"))

    with pytest.raises(TwilioKeyRefused):
        await wrong.send(to=TO, sender=LINE, body="Hi", status_callback=None, token="42")
    with pytest.raises(TwilioRefused) as refused:
        await twilio.send(to=TO, sender="+15550009999", body="Hi", status_callback=None, token="42")

    assert refused.value.number == 21606
