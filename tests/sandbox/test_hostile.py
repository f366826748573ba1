"""Whatever is sent to the stand-ins is answered, and nothing of it is kept."""

import httpx
import pytest

from app.sandbox.courier import on_this_machine
from tests.sandbox.asking import http
from tests.sandbox.test_twilio import KEYS, MESSAGES
from tests.sandbox.test_vapi import KEY

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize("body", [b"\xff\xfe", b"&".join(b"a=1" for _ in range(500)), b"To=%FF", b"To"])
def test_a_form_that_is_none_is_refused(outside, body):
    answer = http.post(outside.url + MESSAGES, content=body, headers=FORM, auth=KEYS)

    assert answer.status_code == 400
    assert outside.messages == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"null", b"[" * 5_000, b"\xff"])
def test_a_body_of_json_that_is_none_is_refused(outside, body):
    answers = [http.post(f"{outside.url}{path}", content=body, headers=KEY) for path in ("/assistant", "/call")]

    assert {answer.status_code for answer in answers} == {400}


@pytest.mark.parametrize("path", [MESSAGES, "/assistant", "/_sandbox/faults"])
def test_a_body_without_end_is_not_read_to_its_end(outside, path):
    headers = {**KEY, **FORM} if path == "/assistant" else FORM
    auth = KEYS if path == MESSAGES else httpx.USE_CLIENT_DEFAULT
    answer = http.post(outside.url + path, content=b"a" * 2_100_000, headers=headers, auth=auth)

    assert answer.status_code == 413


@pytest.mark.parametrize("query", ["PageSize=x&Page=-1", "PageSize=99999999999", "Page=99999999", "To=%00"])
def test_a_list_is_given_whatever_is_asked(outside, query):
    assert http.get(f"{outside.url}{MESSAGES}?{query}", auth=KEYS).status_code == 200


@pytest.mark.parametrize("query", ["DateSent=yesterday", "DateSent>=2026-13-45"])
def test_a_date_that_is_none_is_refused(outside, query):
    assert http.get(f"{outside.url}{MESSAGES}?{query}", auth=KEYS).status_code == 400


@pytest.mark.parametrize("query", ["limit=x", "limit=1001", "createdAtGt=yesterday"])
def test_a_list_of_calls_that_is_none_is_refused(outside, query):
    assert http.get(f"{outside.url}/call?{query}", headers=KEY).status_code == 400


@pytest.mark.parametrize(
    "body",
    [{"from": "+447400123456", "to": "+442071838750"}, {"url": "http://127.0.0.1", "to": "x" * 41, "from": "y"}],
)
def test_a_text_of_nobody_is_refused(outside, body):
    assert http.post(f"{outside.url}/_sandbox/inbound", json=body).status_code == 400
    assert outside.messages == []


def test_an_unknown_path_is_not_found(outside):
    assert http.get(f"{outside.url}/nowhere").status_code == 404


def test_more_messages_than_are_kept_push_out_the_oldest(outside, monkeypatch):
    monkeypatch.setattr("app.sandbox.twilio.service.MOST_KEPT", 2)
    for number in range(3):
        form = {"To": f"+44740012345{number}", "From": "+447400999999", "Body": "x"}
        http.post(outside.url + MESSAGES, data=form, auth=KEYS)

    assert [each.to for each in outside.messages] == ["+447400123451", "+447400123452"]


@pytest.mark.parametrize("headers", [{"Origin": "https://example.com"}, {"Origin": "null"}, {"Host": "example.com:80"}])
@pytest.mark.parametrize("path", ["/_sandbox/faults", MESSAGES])
def test_a_page_in_a_browser_is_refused(outside, path, headers):
    answer = http.post(outside.url + path, content=b'{"next": "429"}', headers=headers)

    assert (answer.status_code, len(outside.faults)) == (403, 0)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1@example.com/", "http://localhost.example.com/", "http://0.0.0.0/", "https://x", "x", ""]
)
def test_an_address_elsewhere_is_not_called(url):
    assert not on_this_machine(url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/x", "http://localhost/", "http://[::1]:8000/", "http://127.8.8.8"]
)
def test_an_address_of_this_machine_is(url):
    assert on_this_machine(url)
