"""What Twilio reports: in any order, repeated, too early, of nobody; signed or refused."""

from dataclasses import dataclass
from itertools import permutations
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from app.sandbox.twilio.rules import sign
from tests.messages.conftest import PUBLIC_URL, coming
from tests.sandbox import ACCOUNTS

PATH = "/webhooks/twilio/status"


@dataclass
class Twilio:
    """Posts reports to the application, as Twilio does."""

    http: Any
    token: str = ACCOUNTS.twilio_token

    async def report(self, sid: str, status: str, *, about: Any = None, code: int | None = None, **more: str) -> Any:
        query = f"?client={about.client_id}&message={about.id}" if about is not None else ""
        form = {"MessageSid": sid, "SmsSid": sid, "MessageStatus": status, "AccountSid": ACCOUNTS.twilio_sid}
        form |= {"To": "+447400000001", "NewField": "", **({"ErrorCode": str(code)} if code else {}), **more}
        signature = sign(self.token, f"{PUBLIC_URL}{PATH}{query}", list(form.items()))
        headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
        return await self.http.post(PATH + query, content=urlencode(form), headers=headers)


@pytest.fixture
def twilio(app, http, settings, configured):
    app.state.settings = configured
    yield Twilio(http)
    app.state.settings = settings


@pytest.fixture
async def sent(office):
    """A confirmation that Twilio has taken."""
    await office.book(coming())
    await office.work()
    [message] = await office.messages(kind="confirmation")
    return message


async def test_a_report_moves_a_message_on(twilio, office, sent):
    answer = await twilio.report(sent.sid, "delivered", about=sent)

    assert (answer.status_code, answer.content) == (204, b"")
    assert [each.status for each in await office.messages(kind="confirmation")] == ["delivered"]


@pytest.mark.parametrize("order", list(permutations(["queued", "sent", "delivered"])))
async def test_reports_in_any_order_come_to_the_same(twilio, office, sent, order):
    for status in (*order, *order):
        assert (await twilio.report(sent.sid, status, about=sent)).status_code == 204

    assert [each.status for each in await office.messages(kind="confirmation")] == ["delivered"]


async def test_a_report_that_names_no_message_is_told_by_its_sid(twilio, office, sent):
    await twilio.report(sent.sid, "sent")

    assert [each.status for each in await office.messages(kind="confirmation")] == ["sent"]


async def test_a_report_may_come_before_the_answer(twilio, office, sent):
    await office.change(sent, status="sending", sid=None)
    sid = f"SM{uuid4().hex}"

    await twilio.report(sid, "delivered", about=sent)

    [message] = await office.messages(kind="confirmation")
    assert (message.status, message.sid) == ("delivered", sid)


async def test_a_report_of_another_sid_than_the_messages_own_changes_nothing(twilio, office, sent):
    answer = await twilio.report(f"SM{uuid4().hex}", "failed", about=sent, code=30003)

    assert answer.status_code == 204
    assert [each.status for each in await office.messages(kind="confirmation")] == ["accepted"]


async def test_who_has_opted_out_at_twilio_is_not_asked_again(twilio, office, outside, sent):
    await twilio.report(sent.sid, "failed", about=sent, code=21610)
    await office.book(coming(hour=14))
    await office.work()

    first, second = await office.messages(kind="confirmation")
    assert [(each.status, each.error_code) for each in (first, second)] == [
        ("suppressed", "21610"),
        ("suppressed", "opted_out"),
    ]
    assert len(outside.messages) == 1


async def test_a_confirmation_that_does_not_arrive_waits_for_a_person(twilio, office, sent):
    for _ in range(2):
        await twilio.report(sent.sid, "undelivered", about=sent, code=30003)

    [item] = (await office.desk.get("/attention")).json()["items"]
    assert (item["kind"], item["code"], item["times"]) == ("confirmation_undelivered", "30003", 1)
    assert (item["messageId"], item["bookingId"]) == (str(sent.id), str(sent.booking_id))


async def test_a_carrier_may_deliver_after_all(twilio, office, sent):
    await twilio.report(sent.sid, "undelivered", about=sent, code=30003)
    await twilio.report(sent.sid, "delivered", about=sent)
    await twilio.report(sent.sid, "undelivered", about=sent, code=30003)

    [message] = await office.messages(kind="confirmation")
    assert (message.status, message.error_code) == ("delivered", None)


async def test_a_report_about_no_message_of_ours_is_kept(twilio, sql):
    sid = f"SM{uuid4().hex}"

    answers = [await twilio.report(sid, "failed", code=30005) for _ in range(2)]

    rows = await sql("SELECT kind, content FROM unrouted WHERE key = :key", key=f"{sid}:failed")
    assert [answer.status_code for answer in answers] == [204, 204]
    assert [(row.kind, row.content) for row in rows] == [("status", {"status": "failed", "errorCode": 30005})]


async def test_a_status_that_nobody_knows_yet_is_taken_and_changes_nothing(twilio, office, sent):
    answer = await twilio.report(sent.sid, "teleported", about=sent)

    assert answer.status_code == 204
    assert [each.status for each in await office.messages(kind="confirmation")] == ["accepted"]


async def test_another_clients_message_is_not_reached_by_naming_it(twilio, office, make_office, sent):
    other = await make_office()

    answer = await twilio.report(f"SM{uuid4().hex}", "failed", about=_Named(other.client_id, sent.id))

    assert answer.status_code == 204
    assert [each.status for each in await office.messages(kind="confirmation")] == ["accepted"]


async def test_what_twilio_has_not_signed_is_refused(twilio, http, office, sent):
    wrong = Twilio(http, token="another token")

    answers = [
        await wrong.report(sent.sid, "failed", about=sent),
        await http.post(PATH, content=f"MessageSid={sent.sid}&MessageStatus=failed"),
        await http.post(PATH, json={"MessageSid": sent.sid}),
    ]

    assert [(each.status_code, each.json()["code"]) for each in answers] == [(401, "signature_invalid")] * 3
    assert [each.status for each in await office.messages(kind="confirmation")] == ["accepted"]


async def test_without_a_public_address_nothing_is_proven(http, settings):
    assert settings.public_url is None

    answer = await Twilio(http).report(f"SM{uuid4().hex}", "sent")

    assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid")


async def test_a_form_without_its_fields_is_refused(twilio):
    answer = await twilio.report("nonsense", "sent")

    assert (answer.status_code, answer.json()["code"]) == (400, "form_unreadable")


@dataclass
class _Named:
    client_id: Any
    id: Any
