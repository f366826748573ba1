"""Twilio's rules: which message is taken, how many segments it has, how a webhook is signed and tried again.

Numbers that always fail are those of Twilio's test credentials.
"""

import base64
import hashlib
import hmac
import html
import math
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from urllib.parse import parse_qs, urlsplit

from app.sandbox.twilio.errors import Refused

LONGEST_BODY = 1_600
STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT"})
START_WORDS = frozenset({"START", "UNSTOP", "YES"})
HELP_WORDS = frozenset({"HELP", "INFO"})
_ANSWERS = (
    (
        STOP_WORDS,
        "You have been unsubscribed from this number and get no more messages. Reply START to get them again.",
    ),
    (START_WORDS - {"YES"}, "You get messages from this number again. Reply HELP for help, STOP to get no more."),
    (HELP_WORDS, "Reply STOP to unsubscribe. Message and data rates may apply."),
)
BAD_TO: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "+15005550001": (21211, "Invalid 'To' Phone Number"),
        "+15005550002": (21612, "The 'To' phone number is not currently reachable via SMS"),
        "+15005550003": (21408, "Permission to send an SMS has not been enabled for the region"),
        "+15005550004": (21610, "Attempt to send to unsubscribed recipient"),
        "+15005550009": (21614, "'To' number is not a valid mobile number"),
    }
)
BAD_FROM: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "+15005550001": (21212, "Invalid 'From' Phone Number"),
        "+15005550007": (21606, "The 'From' phone number is not a valid, SMS-capable Twilio number of this account"),
        "+15005550008": (21611, "This 'From' number has exceeded the maximum number of queued messages"),
    }
)
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_SENDER = re.compile(r"\+[1-9]\d{6,14}|\d{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^{}\\[~]|€\f")


def check(form: Mapping[str, str]) -> None:
    """Check what is to be sent.

    Raises:
        Refused: Twilio would not take it, with the code that it would give.
    """
    _check_to(form.get("To", ""))
    _check_from(form.get("From", ""), form.get("MessagingServiceSid", ""))
    if form.get("From") == form["To"]:
        raise Refused(21266, "'To' and 'From' number cannot be the same")
    body = form.get("Body", "")
    if not body.strip() and not form.get("MediaUrl"):
        raise Refused(21602, "Message body is required")
    if len(body) > LONGEST_BODY:
        raise Refused(21617, f"The concatenated message body exceeds the {LONGEST_BODY} character limit")
    callback = form.get("StatusCallback", "")
    if callback and not re.match(r"https?://[^/\s]+", callback):
        raise Refused(21609, "Invalid 'StatusCallback' URL")


def _check_to(to: str) -> None:
    if not to:
        raise Refused(21604, "A 'To' phone number is required")
    if not _E164.fullmatch(to):
        raise Refused(21211, "Invalid 'To' Phone Number")
    if to in BAD_TO:
        raise Refused(*BAD_TO[to])


def _check_from(sender: str, service: str) -> None:
    if service:
        if not re.fullmatch(r"MG[0-9a-fA-F]{32}", service):
            raise Refused(21705, "The Messaging Service Sid is invalid")
        return
    if not sender:
        raise Refused(21603, "A 'From' phone number is required")
    if not _SENDER.fullmatch(sender):
        raise Refused(21212, "Invalid 'From' Phone Number")
    if sender in BAD_FROM:
        raise Refused(*BAD_FROM[sender])


def answer_to(word: str) -> str | None:
    """Return what Twilio answers by itself to a word in capitals, if anything; the service must not answer, too."""
    return next((answer for words, answer in _ANSWERS if word in words), None)


def told_to_say(twiml: str) -> list[str]:
    """Return the texts that a webhook's answer in TwiML asks to be sent."""
    return [html.unescape(text).strip() for text in re.findall(r"<Message[^>]*>(.*?)</Message>", twiml, re.DOTALL)]


def segments(body: str) -> int:
    """Return how many messages a text is sent as: 160 characters of GSM-7 or 70 of UCS-2, fewer where it is split."""
    if all(sign in _GSM or sign in _GSM_TWICE for sign in body):
        length, whole, part = len(body) + sum(sign in _GSM_TWICE for sign in body), 160, 153
    else:
        length, whole, part = len(body.encode("utf-16-be")) // 2, 70, 67
    return 1 if length <= whole else math.ceil(length / part)


def sign(token: str, url: str, form: Iterable[tuple[str, str]]) -> str:
    """Return `X-Twilio-Signature`: HMAC-SHA1 over the address without its fragment, and the form by name."""
    values: dict[str, set[str]] = {}
    for name, value in form:
        values.setdefault(name, set()).add(value)
    signed = url.partition("#")[0] + "".join(name + value for name in sorted(values) for value in sorted(values[name]))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def tries_again(url: str) -> tuple[int, frozenset[str]]:
    """Return how often a webhook is repeated, and after what, as its address' fragment says: `#rc=3&rp=5xx,ct,rt`.

    Without one it is repeated once, where no connection came about.
    """
    asked = parse_qs(urlsplit(url).fragment)
    count = asked.get("rc", ["1"])[0]
    return min(int(count), 5) if count.isdigit() else 1, frozenset(asked.get("rp", ["ct"])[0].split(","))
