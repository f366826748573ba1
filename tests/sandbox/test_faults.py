"""Bad days on demand: by a header, or ordered for requests to come."""

import httpx
import pytest

from app.sandbox.faults import Faults, FaultUnknown
from tests.sandbox.asking import BROKEN, http
from tests.sandbox.test_twilio import KEYS, MESSAGES, TEXT, get, post, statuses

SILENCE = httpx.Timeout(30, read=0.5)


@pytest.fixture
def text(service):
    return {**TEXT, "StatusCallback": f"{service.url}/status"}


def test_too_many_requests_say_when_to_come_again(outside):
    answer = post(outside, TEXT, headers={"Sandbox-Fault": "429"})

    assert (answer.status_code, answer.headers["retry-after"], answer.json()["code"]) == (429, "1", 20429)
    assert outside.messages == []


def test_what_is_done_and_never_answered_is_there_when_one_looks(outside):
    with pytest.raises(httpx.ReadTimeout):
        post(outside, TEXT, headers={"Sandbox-Fault": "unanswered"}, timeout=SILENCE)

    assert [each["body"] for each in get(outside, To=TEXT["To"])["messages"]] == [TEXT["Body"]]


@pytest.mark.parametrize(("fault", "kept"), [("cut", 0), ("cut-after", 1)])
def test_a_connection_breaks_before_or_after_it_was_done(outside, fault, kept):
    with pytest.raises(BROKEN):
        post(outside, TEXT, headers={"Sandbox-Fault": fault})

    assert len(outside.messages) == kept


def test_what_is_done_may_be_answered_500(outside):
    answer = post(outside, TEXT, headers={"Sandbox-Fault": "500-after"})

    assert (answer.status_code, len(outside.messages)) == (500, 1)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("disorder", ["delivered", "sent", "sending"]),
        ("repeat", ["sending", "sending", "sent", "sent", "delivered", "delivered"]),
        ("lost", []),
        ("still", []),
        ("30007", ["sending", "sent", "undelivered"]),
        ("repeat,disorder", ["delivered", "delivered", "sent", "sent", "sending", "sending"]),
    ],
)
def test_webhooks_come_as_they_may_in_the_world(outside, service, text, fault, expected):
    post(outside, text, headers={"Sandbox-Fault": fault})
    outside.settle()

    assert statuses(service) == expected


def test_disorder_takes_no_message_back(outside, text):
    post(outside, text, headers={"Sandbox-Fault": "disorder"})
    outside.settle()

    assert outside.messages[0].status == "delivered"


def test_webhooks_may_come_before_the_answer(outside, service, text):
    post(outside, text, headers={"Sandbox-Fault": "early"})

    assert statuses(service) == ["sending", "sent", "delivered"]


def test_a_code_of_twilio_is_given_on_demand(outside):
    assert post(outside, TEXT, headers={"Sandbox-Fault": "21610"}).json()["code"] == 21610


def test_faults_are_ordered_for_the_next_requests_of_an_api(outside):
    order = {"next": "503", "count": 2, "to": "twilio"}
    assert http.post(f"{outside.url}/_sandbox/faults", json=order).json() == {"ordered": 2}

    assert [post(outside, TEXT).status_code for _ in range(3)] == [503, 503, 201]


def test_a_fault_of_what_is_made_waits_until_something_is_made(outside):
    outside.faults.next("unanswered", api="twilio")
    listed = http.get(outside.url + MESSAGES, auth=KEYS)
    with pytest.raises(httpx.ReadTimeout):
        post(outside, TEXT, timeout=SILENCE)

    assert listed.status_code == 200


@pytest.mark.parametrize("name", ["nonsense", "399", "600", "2161", "429,nonsense"])
def test_an_unknown_fault_is_refused_with_those_that_are_known(outside, name):
    by_header = post(outside, TEXT, headers={"Sandbox-Fault": name})
    ordered = http.post(f"{outside.url}/_sandbox/faults", json={"next": name})

    with pytest.raises(FaultUnknown):
        Faults().next(name)
    assert (by_header.status_code, ordered.status_code) == (400, 400)
    assert "unanswered" in by_header.json()["error"]


def test_a_message_that_stands_still_is_moved_by_hand(outside, service, text):
    sid = post(outside, text, headers={"Sandbox-Fault": "still"}).json()["sid"]
    moved = http.post(f"{outside.url}/_sandbox/messages/{sid}", json={"status": "undelivered", "errorCode": 30003})

    assert moved.json()["error_code"] == 30003
    assert statuses(service) == ["undelivered"]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"next": 5}', b'{"next": "429", "count": 0}', b'{"next": "429", "x": 1}']
)
def test_an_order_that_is_none_is_refused(outside, body):
    assert http.post(f"{outside.url}/_sandbox/faults", content=body).status_code == 400
