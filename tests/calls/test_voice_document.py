"""docs/voice.md says what is so: its examples are taken, its plan proves, its codes are those that there are."""

import json
import re
import shlex
from pathlib import Path

import pytest
from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook

from app.calls.outbound import errors as of_orders
from app.calls.provisioning import errors as of_provisioning
from app.calls.tools.service import TOOLS
from app.core.clock import utcnow
from app.core.errors import AppError
from app.integrations.vapi.signature import Plan, verify
from tests.bookings.conftest import Desk
from tests.calls.outbound.conftest import soon
from tests.fixtures.api import OPERATOR_KEY

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "voice.md").read_text()
COMMANDS = [
    command
    for block in re.findall(r"```bash\n(.*?)```", PAGE, flags=re.DOTALL)
    for command in re.sub(r"\\\n\s*", "", block).splitlines()
    if "curl" in command
]


def section(title):
    return PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]


def raised_in(module):
    return {each.code for each in vars(module).values() if isinstance(each, type) and issubclass(each, AppError)} - {
        "conflict",
        "invalid",
        "unavailable",
    }


@pytest.mark.parametrize("command", COMMANDS)
async def test_an_example_is_taken(command, http, make_bookable, sql):
    desk = Desk(await make_bookable(), http)
    customer = (await desk.post("/customers", {"phone": "+447400123456"})).json()["id"]
    booked = (await desk.book(soon(days=3)[:11] + "10:00:00Z", "+447400123456")).json()
    call = (await desk.post("/calls", {"phone": "+447400123457", "purpose": "callback"})).json()["id"]
    names = {"CUSTOMER": customer, "BOOKING": booked["id"], "CALL": call, "BOOKING_URL": ""}
    keys = {"API_KEY": desk.place.headers["X-API-Key"], "OPERATOR_API_KEY": OPERATOR_KEY}
    for name, value in sorted({**names, **keys}.items(), key=lambda item: -len(item[0])):
        command = command.replace(f"${name}", value)
    command = command.replace("demo-dental", desk.client.client_key)
    number = f"+4474{desk.client.id.int % 10**8:08d}"
    words = shlex.split(command.replace("+442071838750", number))
    headers = dict(words[at + 1].split(": ") for at, word in enumerate(words) if word == "-H")
    method = words[words.index("-X") + 1] if "-X" in words else "GET"
    body = json.loads(words[words.index("-d") + 1]) if "-d" in words else None

    answer = await http.request(method, words[-1], headers=headers, json=body)

    assert answer.is_success, answer.text


def test_the_plan_of_the_page_proves_a_delivery_of_standard_webhooks():
    [shown] = re.findall(r"```json\n(.*?)```", PAGE, flags=re.DOTALL)
    plan = json.loads(shown)
    secret, now, body = "a" * 32, utcnow(), b'{"message": {"type": "hang"}}'
    signed = Webhook(secret.encode()).sign("msg_1", now, body.decode())
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signed}

    verify(
        Plan.of(plan, SecretStr(secret)),
        method="POST",
        url="https://booking.example.com/webhooks/vapi",
        headers=headers,
        body=body,
        now=now,
    )


def test_every_tool_and_no_other_is_described():
    rows = re.findall(r"^\| `(\w+)` \|", section("What an assistant can have done"), flags=re.MULTILINE)

    assert rows == list(TOOLS)


def test_every_code_of_a_call_that_is_not_made_is_explained():
    told = set(re.findall(r"^\| `(\w+)` \|", section("Calls that go out"), flags=re.MULTILINE))
    written = "".join(path.read_text() for path in (ROOT / "app/calls/outbound/service").glob("*.py"))
    closes = re.findall(r'"(?:withdrawn|not_placed|failed)", "(\w+)"', written)
    waits = re.findall(r'"(outside_hours|enough_today)"', written)

    assert told >= raised_in(of_orders)
    assert told >= set(closes) - {"cancelled"}
    assert told >= set(waits)


def test_every_refusal_of_provisioning_is_explained():
    told = set(re.findall(r"`(\w+)`", section("Setting up a real account")))

    assert told >= raised_in(of_provisioning)
