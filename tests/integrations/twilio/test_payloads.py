"""What Twilio posts is read as it is, and what is none of its forms has a name."""

from urllib.parse import urlencode

import pytest

from app.integrations.twilio.errors import FormUnreadable
from app.integrations.twilio.payloads import LONGEST_BODY, kind_of, read_form, read_inbound, read_status

SID = "SM" + "0a" * 16
TEXT = {"MessageSid": SID, "AccountSid": "AC1", "From": "+447400123456", "To": "+447400999999", "Body": "Hi"}
UPDATE = {"MessageSid": SID, "MessageStatus": "sent", "To": "+447400123456"}


def posted(fields):
    """Return a form as it is read from what was posted."""
    return read_form(urlencode(fields).encode())


def test_a_text_of_twilios_own_is_read(payload):
    read = read_inbound(posted(payload("twilio_inbound_sms")))

    assert (read.sid, read.sender, read.line) == (
        "SMe287d7109a5a925f182f0e07fe5b223b",
        "+14133881111",
        "+12028831111",
    )
    assert (read.body, read.cut, read.segments, read.media_count, read.media) == ("Msg", False, 1, 0, ())
    assert (read.sender_kind, read.of_a_phone, read.opt_out, read.messaging_service) == ("phone", True, None, None)


def test_pictures_are_counted_and_their_addresses_kept(payload):
    read = read_inbound(posted(payload("twilio_inbound_mms")))

    assert read.media_count == 2
    assert [(each.url, each.content_type) for each in read.media] == [("cat.jpg", "unknown"), ("dog.jpg", "unknown")]


@pytest.mark.parametrize(
    ("name", "status", "code", "recipient"),
    [
        ("twilio_status_sent_docs", "sent", None, ""),
        ("twilio_status_sent_messaging_service", "sent", None, "2021"),
        ("twilio_status_delivered_rawdlr", "delivered", None, "+15550000001"),
        ("twilio_status_undelivered_30003", "undelivered", 30003, "+15550000001"),
    ],
)
def test_a_status_of_twilios_own_is_read(payload, name, status, code, recipient):
    read = read_status(posted(payload(name)))

    assert (read.status, read.known, read.error_code, read.recipient) == (status, True, code, recipient)
    assert read.verdict == ("later" if code else "unknown")


def test_the_older_names_of_fields_are_read_where_the_newer_are_missing():
    old = {"SmsSid": SID, "SmsStatus": "sent", "To": TEXT["To"]}
    older = {"SmsMessageSid": SID, **{name: value for name, value in TEXT.items() if name != "MessageSid"}}

    assert (read_status(posted(old)).sid, read_status(posted(old)).status) == (SID, "sent")
    assert read_inbound(posted(older)).sid == SID


def test_a_status_that_is_new_to_us_is_named_and_known_for_that():
    read = read_status(posted({**UPDATE, "MessageStatus": "teleported"}))

    assert (read.status, read.known) == ("teleported", False)


@pytest.mark.parametrize(
    "body", ["\N{GRINNING FACE}\N{ZERO WIDTH JOINER}é" * 200, "x" * 1_600, "  \n\t ", "", "'; DROP TABLE--", "+%26=&"]
)
def test_a_text_is_kept_as_it_was_written(body):
    assert read_inbound(posted({**TEXT, "Body": body})).body == body


def test_a_text_beyond_what_is_kept_is_cut_and_says_so():
    read = read_inbound(posted({**TEXT, "Body": "x" * (LONGEST_BODY + 1)}))

    assert (len(read.body), read.cut) == (LONGEST_BODY, True)


def test_what_no_database_takes_is_replaced():
    assert read_inbound(posted({**TEXT, "Body": "a\x00b"})).body == "a\N{REPLACEMENT CHARACTER}b"


@pytest.mark.parametrize(
    ("sender", "kind"),
    [
        ("+447400123456", "phone"),
        ("20", "short_code"),
        ("88811", "short_code"),
        ("12345678", "short_code"),
        ("MyBank", "alphanumeric"),
        ("O2 Shop", "alphanumeric"),
        ("whatsapp:+447400123456", "channel"),
        ("anonymous!", "unknown"),
        ("+0123", "unknown"),
        ("123456789", "unknown"),
        ("+44740012345٦", "unknown"),
    ],
)
def test_senders_are_told_apart_and_only_a_phone_can_be_a_customer(sender, kind):
    read = read_inbound(posted({**TEXT, "From": sender}))

    assert (kind_of(sender), read.sender_kind, read.of_a_phone) == (kind, kind, kind == "phone")


@pytest.mark.parametrize(
    ("said", "expected"), [("STOP", "STOP"), ("start", "START"), ("HELP", "HELP"), ("", None), ("MAYBE", None)]
)
def test_what_twilio_has_done_about_an_opt_out_is_told(said, expected):
    assert read_inbound(posted({**TEXT, "OptOutType": said})).opt_out == expected


@pytest.mark.parametrize(
    "changed",
    [
        {"MessageSid": ""},
        {"MessageSid": "SM1"},
        {"MessageSid": SID + "\n"},
        {"MessageSid": "CA" + "0a" * 16},
        {"From": ""},
        {"From": "x" * 65},
        {"From": "+44740\x00"},
        {"To": ""},
        {"To": "a\nb"},
    ],
)
def test_a_text_without_what_every_text_has_is_refused_by_name(changed):
    with pytest.raises(FormUnreadable) as refused:
        read_inbound(posted({**TEXT, **changed}))

    assert refused.value.code == "form_unreadable"
    assert next(iter(changed)) in refused.value.detail


@pytest.mark.parametrize("changed", [{"MessageSid": "x"}, {"MessageStatus": ""}, {"MessageStatus": "de livered\x00"}])
def test_a_status_without_what_every_status_has_is_refused_by_name(changed):
    with pytest.raises(FormUnreadable) as refused:
        read_status(posted({**UPDATE, **changed}))

    assert next(iter(changed)) in refused.value.detail


@pytest.mark.parametrize("number", ["-1", "1e9", "x", "٣", "9" * 40, " 1"])
def test_numbers_that_are_none_are_none(number):
    fields = {**TEXT, "NumMedia": number, "NumSegments": number}
    status = {**UPDATE, "ErrorCode": number}

    assert (read_inbound(posted(fields)).media_count, read_inbound(posted(fields)).segments) == (0, 0)
    assert read_status(posted(status)).error_code is None


def test_no_more_pictures_are_kept_than_a_text_can_have():
    many = {f"MediaUrl{number}": f"https://there/{number}" for number in range(50)}
    read = read_inbound(posted({**TEXT, "NumMedia": "999999", **many, "MediaUrl3": "x" * 5_000}))

    assert (read.media_count, len(read.media), read.media[3].url) == (100, 10, None)


def test_of_a_person_nothing_is_shown_where_it_is_printed():
    shown = repr(read_inbound(posted({**TEXT, "Body": "my secret"}))) + repr(read_status(posted(UPDATE)))

    assert "my secret" not in shown
    assert TEXT["From"] not in shown


@pytest.mark.parametrize("body", [b"\xff", b"a=%FF", b"a" * 300_000, b"&".join([b"a=1"] * 501)])
def test_what_is_no_form_is_refused(body):
    with pytest.raises(FormUnreadable):
        read_form(body)
