"""A letter says what it should, and nothing that people write becomes more than text."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import parseaddr
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from app.integrations.email.calendar import Appointment
from app.integrations.email.errors import AddressUnusable
from app.integrations.email.letters import (
    LONGEST_LINE,
    LONGEST_NAME,
    LONGEST_TEXT,
    Letter,
    Mailbox,
    compose,
    message_id,
    one_line,
)

ID, BOOKING = UUID("018f0000-0000-7000-8000-000000000001"), UUID("018f0000-0000-7000-8000-000000000002")
START = datetime(2026, 12, 1, 11, 0, 0, 123, tzinfo=timezone(timedelta(hours=1)))
CUT = Appointment(BOOKING, 2, START, START + timedelta(minutes=45), "Haircut; wash, dry", "1 High Street\nLondon")
LETTER = Letter(
    id=ID,
    sender=Mailbox("hello@salon.example.com", "Salon"),
    to=Mailbox("joe@example.com", "Joe Smith"),
    subject="Your appointment on Tuesday 1 December, 10:00",
    text="Hello Jö,\n\n.\nFrom then on: see you!\n",
    written_at=datetime(2026, 11, 23, 10, tzinfo=UTC),
    reply_to="front.desk@salon.example.com",
    appointment=CUT,
)
HEADERS = ["Content-Type", "MIME-Version", "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted"]
HOSTILE = [
    'Joe\r\nBcc: evil@example.com\r\n\r\n<script>"\\,;:<>@()[]',
    "Joe\n\nBEGIN:VEVENT",
    "=?utf-8?q?=0ABcc:_evil@example.com?=",
    '"Joe" <evil@example.com>, other@example.com',
    "évil@example.com>, <Zoë\N{LINE SEPARATOR}\N{NEXT LINE}\x00\x1b[31m",
    "\N{RIGHT-TO-LEFT OVERRIDE}moc.elpmaxe@live",
    "\ud800 half",
    "é" * 500,
    "x" * 2_000,
    "",
    "   ",
]


def read(letter):
    """Return the message, read by the standard library."""
    return message_from_bytes(compose(letter), policy=policy.default)


def addressed(letter, header):
    """Return the name and the address of a header, read as RFC 2047 has it: the newer reader parts long names."""
    name, address = parseaddr(message_from_bytes(compose(letter), policy=policy.compat32)[header])
    return str(make_header(decode_header(name))), address


def text_of(part):
    """Return a part's text with the ends of lines as Python has them."""
    return part.get_content().replace("\r\n", "\n")


def event_of(letter):
    """Return what a calendar reads."""
    (part,) = [part for part in read(letter).walk() if part.get_content_type() == "text/calendar"]
    calendar = Calendar.from_ical(part.get_content())
    (event,) = calendar.events
    return part, calendar, event


def test_a_letter_has_its_headers_and_its_text():
    message = read(LETTER)

    assert message.keys() == HEADERS
    assert (message["From"], message["To"]) == ("Salon <hello@salon.example.com>", "Joe Smith <joe@example.com>")
    assert (message["Subject"], message["Reply-To"]) == (LETTER.subject, LETTER.reply_to)
    assert message["Message-ID"] == f"<{ID}@salon.example.com>" == message_id(LETTER)
    assert message["Date"].datetime == LETTER.written_at
    assert message["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/calendar",
        "application/ics",
    ]
    assert text_of(message.get_body(("plain",))) == LETTER.text


def test_a_letter_without_an_appointment_is_text_alone():
    message = read(replace(LETTER, appointment=None, reply_to=None))

    assert message.get_content_type() == "text/plain"
    assert text_of(message) == LETTER.text
    assert message["Reply-To"] is None


def test_a_calendar_gets_the_appointment_in_utc_under_an_id_that_stays():
    part, calendar, event = event_of(LETTER)

    assert part["Content-Type"].params == {"charset": "utf-8", "method": "REQUEST"}
    assert (calendar["METHOD"], calendar["VERSION"]) == ("REQUEST", "2.0")
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == (str(BOOKING), 2, "CONFIRMED")
    assert (event.start, event.end) == (
        datetime(2026, 12, 1, 10, tzinfo=UTC),
        datetime(2026, 12, 1, 10, 45, tzinfo=UTC),
    )
    assert b"DTSTART:20261201T100000Z\r\n" in part.get_payload(decode=True)
    assert (event["SUMMARY"], event["LOCATION"]) == (CUT.summary, "1 High Street London")
    assert (event["ORGANIZER"], event["ORGANIZER"].params["CN"]) == ("mailto:hello@salon.example.com", "Salon")
    assert (event["ATTENDEE"], event["ATTENDEE"].params["CN"]) == ("mailto:joe@example.com", "Joe Smith")


def test_the_attached_file_is_the_same_invitation():
    message = read(LETTER)
    part, _, _ = event_of(LETTER)
    (file,) = message.iter_attachments()

    assert file.get_filename() == "invite.ics"
    assert file.get_content() == part.get_payload(decode=True)


def test_a_change_keeps_the_id_and_a_cancellation_takes_the_appointment_back():
    moved = replace(CUT, sequence=3, starts_at=START + timedelta(days=1), ends_at=START + timedelta(days=1, hours=1))
    gone = replace(moved, sequence=4, cancelled=True)
    elsewhere = Mailbox("hello@other.example.com")

    _, _, changed = event_of(replace(LETTER, appointment=moved, sender=elsewhere))
    part, calendar, cancelled = event_of(replace(LETTER, appointment=gone))

    assert (changed["UID"], changed["SEQUENCE"]) == (str(BOOKING), 3)
    assert (cancelled["UID"], cancelled["SEQUENCE"], cancelled["STATUS"]) == (str(BOOKING), 4, "CANCELLED")
    assert (calendar["METHOD"], part["Content-Type"].params["method"]) == ("CANCEL", "CANCEL")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (" a\r\n b\tc\x00 ", "a b c"),
        ("x" * 300, "x" * LONGEST_LINE),
        ("می\N{ZERO WIDTH NON-JOINER}خواهم", "می\N{ZERO WIDTH NON-JOINER}خواهم"),
        ("a\N{RIGHT-TO-LEFT OVERRIDE}b", "a b"),
        ("\ud800", "?"),
    ],
)
def test_what_is_one_line_has_all_that_is_written_and_nothing_else(text, line):
    assert one_line(text, LONGEST_LINE) == line


def test_a_name_of_commas_and_no_name_are_still_one_mailbox():
    message = read(
        replace(LETTER, to=Mailbox("joe@example.com", "Smith, Joe"), sender=Mailbox("hello@example.com", ""))
    )

    assert [(each.display_name, each.addr_spec) for each in message["To"].addresses] == [
        ("Smith, Joe", "joe@example.com")
    ]
    assert message["From"] == "hello@example.com"


def test_a_text_keeps_its_lines_however_they_end_and_has_an_end_itself():
    message = read(replace(LETTER, appointment=None, text="one\rtwo\r\nthree\x00\n\nfour"))

    assert text_of(message) == "one\ntwo\nthree\n\nfour\n"
    assert len(text_of(read(replace(LETTER, appointment=None, text="x" * 99_999)))) == LONGEST_TEXT + 1


def test_the_same_letter_is_the_same_message():
    assert compose(LETTER) == compose(replace(LETTER))


def test_a_message_is_ascii_in_short_lines_that_end_as_mail_does():
    content = compose(replace(LETTER, text="é" * 3_000 + "\n" + "x" * 3_000, subject="é" * 200))
    lines = content.split(b"\r\n")

    assert content.isascii()
    assert b"\n" not in b"".join(lines)
    assert b"\r" not in b"".join(lines)
    assert max(map(len, lines)) <= 100
    assert lines[-1] == b""


def examples(test):
    """Have a test tried with each of the hostile texts."""
    for text in HOSTILE:
        test = example(text=text)(test)
    return test


@settings(max_examples=20)
@given(text=st.text(max_size=300))
@examples
def test_no_text_becomes_a_header_or_a_property(text):
    hostile = replace(
        LETTER,
        sender=replace(LETTER.sender, name=text),
        to=replace(LETTER.to, name=text),
        subject=text,
        text=text,
        appointment=replace(CUT, summary=text, location=text, description=text),
    )
    message = read(hostile)
    _, calendar, event = event_of(hostile)

    assert message.keys() == HEADERS
    for header, address in (("From", "hello@salon.example.com"), ("To", "joe@example.com")):
        assert [each.addr_spec for each in message[header].addresses] == [address]
        assert addressed(hostile, header) == (one_line(text, LONGEST_NAME), address)
    assert message["Subject"] == one_line(text, LONGEST_LINE)
    assert len(list(message.walk())) == 5
    assert sorted(calendar.keys()) == ["CALSCALE", "METHOD", "PRODID", "VERSION"]
    assert set(event.keys()) - {"LOCATION", "DESCRIPTION"} == {
        *("UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "STATUS", "TRANSP", "ORGANIZER", "ATTENDEE")
    }
    assert event["SUMMARY"] == one_line(text, LONGEST_LINE)


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("A.b+c@EXAMPLE.com", "A.b+c@example.com"),
        ("o'neil@example.com", "o'neil@example.com"),
    ],
)
def test_an_address_goes_as_the_name_system_has_it(address, sent):
    message = read(replace(LETTER, to=Mailbox(address), sender=Mailbox(address), reply_to=address))

    assert (message["To"], message["From"], message["Reply-To"]) == (sent, sent, sent)


@pytest.mark.parametrize(
    "address", ["", "joe", "ü@example.com", "a@b@example.com", "a@example.com\r\nBcc: x@example.com", "<a@example.com>"]
)
def test_an_address_that_is_none_is_refused_by_name(address):
    for letter in (
        replace(LETTER, sender=Mailbox(address)),
        replace(LETTER, to=Mailbox(address)),
        replace(LETTER, reply_to=address),
    ):
        with pytest.raises(AddressUnusable) as refused:
            compose(letter)
        assert address == "" or address not in refused.value.detail


def test_of_a_person_nothing_is_shown_where_it_is_printed():
    shown = repr(LETTER)

    assert not any(text in shown for text in ("joe@example.com", "Joe", "Haircut", "Tuesday", "see you"))
