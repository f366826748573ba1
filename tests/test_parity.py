"""Whoever asks, by API, voice or text, gets the same starts and the same refusals: every worked case, three times."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from app.bookings.asking.rules import spread
from app.bookings.errors import Refused
from app.core.clock import iso
from app.messages.dialogue.rules.wording import refused
from app.messages.dialogue.service import answer
from app.sandbox.twilio.rules import sign
from app.schedule.rules import Reason
from tests.bookings.conftest import Desk, phone
from tests.calls.callers import Caller, connect
from tests.fixtures.bookable import Bookable
from tests.messages.conftest import PUBLIC_URL
from tests.sandbox import ACCOUNTS
from tests.schedule import cases
from tests.schedule.test_cases import ABSENT

pytestmark = pytest.mark.skipif(not cases.SLOTS.exists(), reason=ABSENT)

INBOUND = "/webhooks/twilio/inbound"


@dataclass
class Asked:
    """What an instant's being on offer, or not, is called: nothing, or the reason."""

    desk: Desk
    caller: Caller
    app: Any
    clock: Any
    replies: int = 0

    async def by_api(self, at: str) -> str | None:
        told = (await self.desk.get("/availability/explain", serviceId=str(self.desk.place.service_id), at=at)).json()
        found: str | None = told["reason"]
        return found

    async def by_voice(self, at: str) -> str | None:
        await self.caller.use("find_slots", service="The one", when=at)
        code = (await self.caller.codes())[-1]
        return None if code == "free" else code

    async def by_text(self, at: str) -> str | None:
        """Text the service, then the time, as somebody new; the reply begins with the reason's sentence."""
        self.replies += 1
        texter = phone(100_000 + self.replies)
        await self.text(texter, "the one")
        said = await self.text(texter, at)
        if "shall we book it?" in said:
            return None
        said_of = {reason: refused(reason.value, Refused(reason).detail) for reason in Reason}
        return next(reason.value for reason, sentence in said_of.items() if said.startswith(sentence))

    async def text(self, texter: str, body: str) -> str:
        sid = f"SM{uuid4().hex}"
        form = {"MessageSid": sid, "From": texter, "To": self.caller.line, "Body": body, "AccountSid": "AC"}
        signature = sign(ACCOUNTS.twilio_token, PUBLIC_URL + INBOUND, list(form.items()))
        headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
        taken = await self.desk.http.post(INBOUND, content=urlencode(form), headers=headers)
        assert taken.status_code == 200, taken.text
        async with self.app.state.sessions.begin() as session:
            query = "SELECT id FROM messages WHERE sid = $1"
            connection = (await (await session.connection()).get_raw_connection()).driver_connection
            received = await connection.fetchval(query, sid)
            await answer(session, self.desk.client.id, received, now=self.clock.now)
            said: str = await connection.fetchval("SELECT body FROM messages WHERE once = $1", f"reply:{received}")
        return said


@pytest.fixture
async def arrange(app, http, make_client, clock, configured, settings):
    """Put a case into the database, with a line that can be called and texted."""

    async def make(case):
        clock.set(case["now"])
        client = await make_client(timezone="UTC")
        arranged = cases.Arrangement(client.id, case)
        await arranged.put_into(app.state.engine)
        desk = Desk(Bookable(client, arranged.service_id), http)
        return Asked(desk, await connect(app, desk), app, clock)

    app.state.settings = configured
    yield make
    app.state.settings = settings


@pytest.fixture
def configured(settings):
    accounts = {"twilio_auth_token": ACCOUNTS.twilio_token, "public_url": PUBLIC_URL}
    return settings.model_validate({**settings.model_dump(), **accounts})


def probes(case):
    """Return instants to ask for: the first that is on offer, and some around it that are not."""
    offered = [cases.instant(each) for each in case["expected"]]
    blocked = [cases.instant(each["start"]) for host in case["hosts"] for each in host.get("bookings", [])]
    start = cases.instant(case["query"]["from"])
    others = [*blocked[:1], offered[0] + timedelta(minutes=7) if offered else start]
    return [*offered[:1], *(each for each in others if each not in offered)]


async def is_answered_alike(arrange, case, instants):
    reason = cases.inexpressible(case) or ("looks through a booking" if cases.requester(case) else None)
    if reason or "exclude_booking_id" in case:
        pytest.skip(f"{case['id']}: {reason or 'looks through a booking'}")
    asked = await arrange(case)

    for at in map(iso, instants):
        by_api = await asked.by_api(at)
        assert (at, await asked.by_voice(at), await asked.by_text(at)) == (at, by_api, by_api)
        assert (by_api is None) == (at.replace(":00Z", "Z") in case["expected"])


@pytest.mark.parametrize("case", cases.load(), ids=lambda case: case["id"])
async def test_every_case_is_answered_alike_by_api_voice_and_text(arrange, case):
    await is_answered_alike(arrange, case, probes(case)[:2])


@pytest.mark.prove
@pytest.mark.parametrize("case", [case for case in cases.load() if probes(case)[2:]], ids=lambda case: case["id"])
async def test_every_case_is_answered_alike_at_a_further_instant(arrange, case):
    await is_answered_alike(arrange, case, probes(case)[2:])


@pytest.mark.parametrize("case", [case for case in cases.load() if case["expected"]][::6], ids=lambda case: case["id"])
async def test_what_voice_and_text_offer_of_a_day_are_starts_that_the_api_shows(arrange, case):
    if cases.inexpressible(case) or cases.requester(case) or "exclude_booking_id" in case:
        pytest.skip(f"{case['id']}: looks through a booking, or cannot be asked")
    asked = await arrange(case)
    day = cases.instant(case["expected"][0]).date()
    shown = await asked.desk.slots(f"{day}T00:00:00Z", f"{day + timedelta(days=1)}T00:00:00Z")
    starts = [datetime.fromisoformat(slot["startsAt"]) for slot in shown]
    expected = spread([at for at in starts if at >= cases.instant(case["now"])], "UTC")

    said = await asked.caller.use("find_slots", service="The one", when=day.isoformat())
    texter = phone(1)
    await asked.text(texter, "the one")
    texted = await asked.text(texter, day.isoformat())

    assert [f"{at:%H:%M}" for at in expected if f"{at:%H:%M}" not in texted] == []
    assert texted.count(" at ") == len(expected)
    assert said.count("o'clock") + said.count(" past ") + said.count(" to ") >= len(
        [at for at in expected if at.hour % 12]
    )
