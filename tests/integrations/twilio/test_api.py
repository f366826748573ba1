"""A text is sent once or the caller is told what is not known; what was sent can be listed."""

import json
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode

import pytest
from pydantic import SecretStr

from app.core.clock import utcnow
from app.integrations.twilio.api import MOST_PAGES
from app.integrations.twilio.errors import (
    UNSENT,
    OptedOut,
    TwilioBusy,
    TwilioKeyRefused,
    TwilioOutcomeUnknown,
    TwilioRefused,
    TwilioUnintelligible,
    TwilioUnreachable,
)
from app.integrations.twilio.segments import LONGEST_BODY, segments
from app.integrations.twilio.signature import FORM, Secrets, verify
from tests.integrations.twilio.conftest import ACCOUNT, SECRET
from tests.sandbox.listener import listening

TO, LINE, SERVICE = "+447400123456", "+447400999999", "MG" + "a1" * 16
TEXT = {"to": TO, "sender": LINE, "body": "See you at 10 \N{GRINNING FACE} & bring: +1 = 2?", "token": "018f-42"}
SHORT_AGO = timedelta(minutes=2)


async def send(twilio, **others):
    """Send the usual text."""
    return await twilio.send(**{**TEXT, "status_callback": None, **others})


def complaint(code, status=400):
    """Return a refusal as Twilio writes it, with what may not be shown to anybody."""
    said = {"code": code, "message": f"{TO} {SECRET}", "more_info": "https://there", "status": status}
    return status, json.dumps(said).encode(), "Content-Type: application/json\r\n"


async def test_a_text_is_sent_as_it_is_and_its_fate_is_told_under_a_signature_that_we_take(twilio, outside):
    with listening() as service:
        url = f"{service.url}/status?m=42"
        sent = await send(twilio, status_callback=f"{url}#rc=3&rp=5xx,ct,rt", validity_seconds=600)
        outside.settle()

    (kept,) = outside.messages
    assert (kept.to, kept.sender, kept.body, kept.status) == (TO, LINE, TEXT["body"], "delivered")
    assert (sent.sid, sent.status, sent.recipient, sent.sender) == (kept.sid, "queued", TO, LINE)
    assert sent.segments == segments(TEXT["body"]).count
    assert service.received
    secrets = Secrets(SecretStr(outside.accounts.twilio_token))
    for webhook in service.received:
        verify(url=url, headers=webhook.headers, body=webhook.body, content_type=FORM, secrets=secrets)


async def test_what_twilio_answers_on_its_page_is_read(told, scripted, payload):
    answer = payload("twilio_create_message_201")
    scripted.answers = [(201, json.dumps(answer).encode(), "")]

    sent = await send(told, sender=SERVICE, validity_seconds=99_999)

    assert (sent.sid, sent.status, sent.segments, sent.error_code) == (answer["sid"], "queued", 1, None)
    assert sent.created_at == datetime(2023, 8, 24, 5, 1, 45, tzinfo=UTC)
    assert sent.is_from(answer["messaging_service_sid"])
    assert sent.says(answer["body"])
    assert "I-Twilio-Idempotency-Token: 018f-42" in scripted.asked[0]
    assert answer["to"] not in repr(sent)
    assert answer["body"] not in repr(sent)


@pytest.mark.parametrize(("seconds", "said"), [(600, "600"), (0, "1"), (99_999, "36000"), (None, None)])
async def test_what_is_asked_of_twilio_stands_in_the_form(told, scripted, seconds, said):
    scripted.answers = [(201, json.dumps({"sid": "SM" + "0" * 32, "status": "queued"}).encode(), "")]

    await send(told, status_callback="https://there/?m=42#rc=3", validity_seconds=seconds)

    validity = {} if said is None else {"ValidityPeriod": said}
    asked = {"To": TO, "From": LINE, "Body": TEXT["body"], "StatusCallback": "https://there/?m=42#rc=3", **validity}
    assert dict(parse_qsl(scripted.bodies[0].decode())) == asked


async def test_what_twilio_does_not_know_yet_is_none(told, scripted):
    answer = {"sid": "SM" + "0" * 32, "status": "accepted", "num_segments": None, "from": None, "date_sent": None}
    scripted.answers = [(201, json.dumps({**answer, "date_created": NEW.replace("+0000", "-0000")}).encode(), "")]

    sent = await send(told)

    assert (sent.segments, sent.sender, sent.sent_at, sent.error_code) == (0, None, None, None)
    assert sent.created_at == SINCE.replace(microsecond=0)


async def test_who_has_opted_out_is_told_apart(told, scripted, payload):
    scripted.answers = [(400, json.dumps(payload("twilio_error_21610")).encode(), "")]

    with pytest.raises(OptedOut) as refused:
        await send(told)

    assert (refused.value.number, refused.value.permanent) == (21610, True)


async def test_a_messaging_service_sends_as_one(twilio, outside):
    sent = await send(twilio, sender=SERVICE)

    assert (sent.messaging_service, sent.status) == (SERVICE, "accepted")
    assert outside.messages[0].service_sid == SERVICE


@pytest.mark.parametrize(
    ("number", "permanent"), [(21211, True), (21614, True), (21617, True), (29999, True), (21611, False)]
)
async def test_a_refusal_says_whether_repeating_is_of_use(twilio, outside, number, permanent):
    outside.faults.next(str(number))

    with pytest.raises(TwilioRefused) as refused:
        await send(twilio)

    assert (refused.value.number, refused.value.permanent) == (number, permanent)
    assert str(number) in refused.value.detail
    assert isinstance(refused.value, UNSENT)


@pytest.mark.parametrize(
    ("answer", "error", "seconds"),
    [
        ((429, b"", "Retry-After: 7\r\n"), TwilioBusy, 7),
        ((429, b"", ""), TwilioBusy, 1),
        ((429, b"", "Retry-After: 0\r\n"), TwilioBusy, 1),
        ((429, b"", "Retry-After: 99999999\r\n"), TwilioBusy, 3_600),
        ((429, b"", f"Retry-After: {'9' * 5_000}\r\n"), TwilioBusy, 1),
        ((429, b"", "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\n"), TwilioBusy, 1),
        (complaint(20429), TwilioBusy, 1),
        (complaint(20003), TwilioKeyRefused, None),
        ((401, b"<html>", ""), TwilioKeyRefused, None),
        ((403, b"<html>", ""), TwilioKeyRefused, None),
        (complaint(21408, 403), TwilioRefused, None),
        ((400, b'{"code": "x"}', ""), TwilioRefused, None),
        ((404, b"", ""), TwilioRefused, None),
    ],
)
async def test_a_refusal_proves_that_nothing_was_sent_and_shows_nobodys_data(told, scripted, answer, error, seconds):
    scripted.answers = [answer]

    with pytest.raises(UNSENT) as refused:
        await send(told)

    assert type(refused.value) is error
    assert getattr(refused.value, "seconds", None) == seconds
    assert not any(part in str(refused.value) + repr(refused.value) for part in (TO, SECRET))


@pytest.mark.parametrize(
    "answer",
    [
        (500, b"", ""),
        (503, b'{"code": 20500}', ""),
        (408, b"", ""),
        (302, b"", "Location: http://elsewhere.example/\r\n"),
        (201, b"", ""),
        (201, b"<html>", ""),
        (201, b'{"sid": "CA1", "status": "queued"}', ""),
        None,
    ],
)
async def test_an_answer_that_does_not_say_so_leaves_it_unknown(told, scripted, answer):
    scripted.answers = [answer]

    with pytest.raises(TwilioOutcomeUnknown) as unknown:
        await send(told)

    assert not isinstance(unknown.value, UNSENT)
    assert len(scripted.asked) == 1


async def test_a_text_that_left_and_was_never_answered_is_found_in_the_list(twilio, outside):
    began = utcnow()
    outside.faults.next("unanswered")

    with pytest.raises(TwilioOutcomeUnknown):
        await send(replace(twilio, seconds=1))

    (found,) = await twilio.list_sent(to=TO, since=began, sender=LINE)
    assert found.sid == outside.messages[0].sid
    assert found.says(TEXT["body"])


async def test_where_nobody_is_nothing_was_sent(twilio):
    with pytest.raises(TwilioUnreachable):
        await send(replace(twilio, url="http://127.0.0.1:1"))


async def test_a_wrong_key_is_refused(twilio):
    with pytest.raises(TwilioKeyRefused):
        await send(replace(twilio, secret=SecretStr("wrong")))


async def test_an_api_key_asks_in_place_of_the_token(told, scripted):
    scripted.answers = [page()]

    await replace(told, key="SK1", secret=SecretStr("of the key")).list_sent(to=TO, since=SINCE)

    assert f"Authorization: Basic {b64encode(b'SK1:of the key').decode()}\r\n" in scripted.asked[0]
    assert f" {PATH}?" in scripted.asked[0]


async def test_of_a_list_only_what_was_sent_to_them_since_then_by_this_sender_is_told(twilio, outside):
    began = utcnow()
    first, second = await send(twilio), await send(twilio, body="Again")
    other = await send(twilio, sender=SERVICE)
    await send(twilio, to="+447400123457")
    outside.settle()

    assert [each.sid for each in await twilio.list_sent(to=TO, since=began)] == [other.sid, second.sid, first.sid]
    assert [each.sid for each in await twilio.list_sent(to=TO, since=began, sender=SERVICE)] == [other.sid]
    assert len(await twilio.list_sent(to=TO, since=began, sender=LINE)) == 2
    assert await twilio.list_sent(to=TO, since=utcnow() + SHORT_AGO) == []


def page(*messages, following=None, to=TO):
    """Return a page of a list."""
    listed = [
        {"sid": f"SM{number:032x}", "status": "sent", "to": to, "body": "Hi", "date_created": made}
        for number, made in messages
    ]
    return 200, json.dumps({"messages": listed, "next_page_uri": following}).encode(), ""


NEW, OLD = "Mon, 23 Nov 2026 10:00:00 +0000", "Sun, 22 Nov 2026 10:00:00 +0000"
SINCE = datetime(2026, 11, 23, 10, 0, 0, 900_000, tzinfo=UTC)
PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


async def test_pages_are_turned_until_they_are_older_and_a_second_that_has_begun_counts(told, scripted):
    scripted.answers = [
        page((1, NEW), following=f"{PATH}?Page=1&PageToken=PA1"),
        page((2, NEW), (3, OLD), following=f"https://elsewhere.example{PATH}?Page=2"),
        page((4, OLD), following=f"{PATH}?Page=3"),
    ]

    found = await told.list_sent(to=TO, since=SINCE)

    assert [each.sid[-1] for each in found] == ["1", "2"]
    assert [head.split()[1] for head in scripted.asked] == [
        f"{PATH}?{urlencode({'To': TO, 'PageSize': 50})}",
        f"{PATH}?Page=1&PageToken=PA1",
        f"{PATH}?Page=2",
    ]


async def test_a_text_to_somebody_else_is_none_to_them_even_where_a_page_forgets_who_was_asked_for(told, scripted):
    scripted.answers = [page((1, NEW), following=f"{PATH}?Page=1"), page((2, NEW), to="+447400123457")]

    assert [each.sid[-1] for each in await told.list_sent(to=TO, since=SINCE)] == ["1"]


async def test_a_list_without_end_proves_nothing(told, scripted):
    scripted.answers = [page((number, NEW), following=f"{PATH}?Page=1") for number in range(MOST_PAGES)]

    with pytest.raises(TwilioUnintelligible):
        await told.list_sent(to=TO, since=SINCE)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (page((1, NEW), following="https://elsewhere.example/steal"), TwilioUnintelligible),
        (page((1, "yesterday")), TwilioUnintelligible),
        ((200, b"{}", ""), TwilioUnintelligible),
        ((301, b"", "Location: /\r\n"), TwilioUnintelligible),
        ((500, b"", ""), TwilioUnreachable),
        (None, TwilioUnreachable),
        ((429, b"", ""), TwilioBusy),
        ((401, b"", ""), TwilioKeyRefused),
    ],
)
async def test_a_list_that_cannot_be_had_is_no_empty_list(told, scripted, answer, error):
    scripted.answers = [answer]

    with pytest.raises(error):
        await told.list_sent(to=TO, since=SINCE)


async def test_the_longest_text_is_sent_and_a_longer_one_refused_for_good(twilio, outside):
    await send(twilio, body="\N{GRINNING FACE}" * LONGEST_BODY)

    with pytest.raises(TwilioRefused) as refused:
        await send(twilio, body="x" * (LONGEST_BODY + 1))

    assert (refused.value.number, refused.value.permanent) == (21617, True)
    assert [message.body for message in outside.messages] == ["\N{GRINNING FACE}" * LONGEST_BODY]
