"""The stand-in for Twilio: takes and refuses as Twilio does, and tells the service by signed webhooks."""

from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from app.sandbox.courier import Courier
from app.sandbox.twilio.rules import sign
from tests.sandbox import ACCOUNTS, Outside
from tests.sandbox.asking import http
from tests.sandbox.listener import Listener

MESSAGES = f"/2010-04-01/Accounts/{ACCOUNTS.twilio_sid}/Messages.json"
KEYS = (ACCOUNTS.twilio_sid, ACCOUNTS.twilio_token)
TEXT = {"To": "+447400123456", "From": "+447400999999", "Body": "See you at 10"}


def post(outside: Outside, form: dict[str, str], **options: Any) -> httpx.Response:
    return http.post(outside.twilio_url + MESSAGES, data=form, **{"auth": KEYS, **options})


def get(outside: Outside, path: str = MESSAGES, **query: str) -> Any:
    return http.get(outside.twilio_url + path, params=query, auth=KEYS).json()


def told(service: Listener) -> list[dict[str, str]]:
    return [dict(parse_qsl(each.body.decode(), keep_blank_values=True)) for each in service.received]


def statuses(service: Listener) -> list[str]:
    return [form["MessageStatus"] for form in told(service)]


def receive(outside: Outside, service: Listener, body: str, **more: Any) -> Any:
    text = {"from": TEXT["To"], "to": TEXT["From"], "body": body, "url": f"{service.url}/inbound", **more}
    return http.post(f"{outside.url}/_sandbox/inbound", json=text).json()


def test_a_message_is_taken_and_its_states_are_told_by_signed_webhooks(outside, service):
    answer = post(outside, {**TEXT, "StatusCallback": f"{service.url}/status?id=7#rc=3"})
    outside.settle()

    assert (answer.status_code, answer.json()["status"]) == (201, "queued")
    assert statuses(service) == ["sending", "sent", "delivered"]
    for webhook in service.received:
        form = parse_qsl(webhook.body.decode(), keep_blank_values=True)
        assert webhook.headers["x-twilio-signature"] == sign(KEYS[1], f"{service.url}/status?id=7", form)
    assert "RawDlrDoneDate" in told(service)[-1]
    assert outside.messages[0].status == "delivered"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"To": ""}, 21604),
        ({"To": "+1"}, 21211),
        ({"To": "+15005550009"}, 21614),
        ({"To": "+15005550004"}, 21610),
        ({"From": ""}, 21603),
        ({"From": "+15005550007"}, 21606),
        ({"From": TEXT["To"]}, 21266),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1_601}, 21617),
        ({"StatusCallback": "nowhere"}, 21609),
        ({"From": "", "MessagingServiceSid": "MG1"}, 21705),
    ],
)
def test_what_twilio_would_refuse_is_refused_with_its_code_and_not_kept(outside, changes, code):
    answer = post(outside, {**TEXT, **changes})

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert outside.messages == []


def test_a_body_of_json_is_not_read(outside):
    answer = http.post(outside.twilio_url + MESSAGES, json=TEXT, auth=KEYS)

    assert answer.json()["code"] == 21604


@pytest.mark.parametrize("keys", [None, (KEYS[0], "wrong"), ("SK" + "0" * 32, "wrong")])
def test_only_the_account_itself_is_let_in(outside, keys):
    answer = post(outside, TEXT, auth=keys)

    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


def test_another_account_is_not_found(outside):
    answer = http.get(f"{outside.twilio_url}/2010-04-01/Accounts/AC{'0' * 32}/Messages.json", auth=KEYS)

    assert (answer.status_code, answer.json()["code"]) == (404, 20404)


def test_messages_are_listed_by_receiver_and_day_latest_first_and_in_pages(outside):
    for number in range(5):
        post(outside, {**TEXT, "Body": str(number)})
    post(outside, {**TEXT, "To": "+447400654321"})

    first = get(outside, To=TEXT["To"], PageSize="2", **{"DateSent>": "2000-01-01"})
    second = http.get(outside.twilio_url + first["next_page_uri"], auth=KEYS).json()
    last = http.get(outside.twilio_url + second["next_page_uri"], auth=KEYS).json()

    assert [each["body"] for page in (first, second, last) for each in page["messages"]] == ["4", "3", "2", "1", "0"]
    assert last["next_page_uri"] is None
    assert get(outside, **{"DateSent<": "2000-01-01"})["messages"] == []
    assert get(outside, **{"DateSent>": "2099-01-01T00:00:00Z"})["messages"] == []


def test_one_message_is_read_and_an_unknown_one_is_not_found(outside):
    made = post(outside, TEXT).json()
    outside.settle()

    assert get(outside, made["uri"])["status"] == "delivered"
    assert get(outside, made["uri"].replace(made["sid"], "SM" + "0" * 32))["code"] == 20404


def test_whoever_texts_stop_gets_nothing_until_start(outside, service):
    receive(outside, service, " stop ")
    refused = post(outside, TEXT).json()
    receive(outside, service, "Start")
    taken = post(outside, TEXT).json()

    assert (refused["code"], taken["status"]) == (21610, "queued")


@pytest.mark.parametrize(("word", "answer"), [("STOP", "unsubscribed"), ("start", "again"), ("Help", "Reply STOP")])
def test_twilio_answers_its_own_words_by_itself(outside, service, word, answer):
    receive(outside, service, word)

    assert [each.direction for each in outside.messages] == ["inbound", "outbound-reply"]
    assert answer in outside.messages[1].body


def test_what_a_webhook_is_answered_in_twiml_is_sent(outside, service):
    service.bodies.append(b"<Response><Message>Until 3 &amp; not longer</Message></Response>")
    receive(outside, service, "how long?")

    assert [(each.body, each.to) for each in outside.messages[1:]] == [("Until 3 & not longer", TEXT["To"])]


def test_a_received_text_is_posted_signed_with_blank_fields(outside, service):
    came = receive(outside, service, "Tomorrow at 3? 😀", media=1)
    form = told(service)[0]

    assert came["status"] == 204
    assert (form["Body"], form["FromCity"], form["NumMedia"], form["MessageSid"]) == (
        "Tomorrow at 3? 😀",
        "",
        "1",
        came["sid"],
    )
    assert service.received[0].headers["x-twilio-signature"] == sign(
        KEYS[1], f"{service.url}/inbound", list(form.items())
    )


def test_a_webhook_that_fails_comes_again_with_a_token_as_its_address_says(outside, service):
    service.answers += [500, 503]
    receive(outside, service, "hello", url=f"{service.url}/inbound#rc=3&rp=5xx,ct,rt")

    tokens = [each.headers.get("i-twilio-idempotency-token") for each in service.received]
    assert len(tokens) == 3
    assert tokens[0] is None
    assert tokens[1] == tokens[2] is not None


@pytest.mark.parametrize(("policy", "count"), [("rc=2&rp=4xx", 3), ("rc=2&rp=5xx", 1), ("rc=0&rp=all", 1), ("rc=x", 1)])
def test_a_refused_webhook_comes_again_only_where_that_was_asked_for(outside, service, policy, count):
    service.answers += [404, 404, 404, 404]
    receive(outside, service, "hello", url=f"{service.url}/inbound#{policy}")

    assert len(service.received) == count


def test_without_such_an_address_a_failure_is_not_repeated(outside, service):
    service.answers.append(500)
    receive(outside, service, "hello")

    assert len(service.received) == 1


async def deliver(courier: Courier, url: str) -> None:
    await courier.post("status", url, {}, b"")


async def test_hundreds_of_webhooks_take_turns(service):
    """With as many at once the client looked longer for a connection than others waited for an answer."""
    service.slow_seconds = 0.05
    courier = Courier()
    for _ in range(60):
        courier.begin(deliver(courier, f"{service.url}/status"))
    await courier.settled()
    await courier.close()

    assert (len(service.received), service.most_at_once) == (60, 20)


def test_no_webhook_leaves_this_machine(outside):
    post(outside, {**TEXT, "StatusCallback": "http://192.0.2.1/status"})
    outside.settle()

    assert {each.status for each in outside.deliveries} == {None}
    assert outside.messages[0].status == "delivered"
