"""The stand-in for a mail server: takes letters over SMTP, and has bad days on demand."""

import smtplib
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest

from tests.sandbox.asking import http


def letter():
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = (
        "desk@example.com",
        "sam@example.com",
        "Your appointment — Tuesday",
    )
    message["Message-ID"] = "<1@example.com>"
    message.set_content("See you at ten.")
    message.add_alternative("BEGIN:VCALENDAR", subtype="calendar")
    return message


def send(outside, *, seconds=30.0, **headers):
    message = letter()
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    address = urlsplit(outside.smtp_url)
    with smtplib.SMTP(address.hostname, address.port, timeout=seconds) as server:
        server.send_message(message)


def test_a_letter_is_taken_and_shown(outside):
    send(outside)
    shown = http.get(f"{outside.url}/_sandbox/mail").json()["items"]

    assert [(each["from"], each["to"], each["messageId"]) for each in shown] == [
        ("desk@example.com", ["sam@example.com"], "<1@example.com>")
    ]
    assert shown[0]["subject"] == "Your appointment — Tuesday"
    assert (shown[0]["text"].strip(), shown[0]["calendar"].strip()) == ("See you at ten.", "BEGIN:VCALENDAR")


@pytest.mark.parametrize(
    ("fault", "failure", "kept"),
    [
        ("450", smtplib.SMTPRecipientsRefused, 0),
        ("550", smtplib.SMTPRecipientsRefused, 0),
        ("cut", smtplib.SMTPServerDisconnected, 0),
        ("cut-after", smtplib.SMTPServerDisconnected, 1),
        ("500-after", smtplib.SMTPDataError, 1),
        ("unanswered", smtplib.SMTPServerDisconnected, 1),
    ],
)
def test_the_mail_server_has_bad_days_on_demand(outside, fault, failure, kept):
    outside.faults.next(fault, api="mail")
    with pytest.raises(failure):
        send(outside, seconds=0.5 if fault == "unanswered" else 30)

    assert len(outside.letters) == kept


def test_a_fault_of_the_mail_server_is_not_twilios(outside):
    outside.faults.next("550", api="mail")

    assert http.get(f"{outside.url}/call").status_code == 401
    assert len(outside.faults) == 1


@pytest.mark.parametrize(("fault", "kept"), [("451", 0), ("500-after", 1)])
def test_a_letter_may_ask_for_a_bad_day_itself(outside, fault, kept):
    with pytest.raises(smtplib.SMTPDataError):
        send(outside, Sandbox_Fault=fault)
    send(outside, Sandbox_Fault="nonsense")

    assert len(outside.letters) == kept + 1
