"""The account's messages in memory: made, listed, moved on; the last of them are kept."""

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from app.sandbox.faults import Wishes, code_of
from app.sandbox.twilio import rules
from app.sandbox.twilio.errors import Refused

MOST_KEPT = 5_000
RANKS = ("accepted", "queued", "sending", "sent", "undelivered", "failed", "delivered")


@dataclass(slots=True)
class Message:
    """A message of the account, sent or received."""

    sid: str
    account_sid: str
    to: str
    sender: str | None
    body: str
    created_at: datetime
    status: str = "queued"
    direction: str = "outbound-api"
    service_sid: str | None = None
    status_callback: str | None = None
    error_code: int | None = None
    updated_at: datetime | None = None
    media: int = 0
    wishes: Wishes = field(default_factory=frozenset)

    def shown(self) -> dict[str, Any]:
        """Return it as Twilio shows it."""
        address = f"/2010-04-01/Accounts/{self.account_sid}/Messages/{self.sid}"
        created, updated = format_datetime(self.created_at), format_datetime(self.updated_at or self.created_at)
        return {
            "account_sid": self.account_sid,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": created,
            "date_sent": created,
            "date_updated": updated,
            "direction": self.direction,
            "error_code": self.error_code,
            "error_message": None,
            "from": self.sender,
            "messaging_service_sid": self.service_sid,
            "num_media": str(self.media),
            "num_segments": str(rules.segments(self.body)),
            "price": None,
            "price_unit": None,
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{address}/Media.json"},
            "to": self.to,
            "uri": f"{address}.json",
        }


@dataclass(frozen=True, slots=True)
class Sought:
    """Which messages are listed: by receiver, sender, and when they were sent, both ends included."""

    to: str | None = None
    sender: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class Messages:
    """What the account has sent and received, and who wants nothing more from whom."""

    def __init__(self, account_sid: str) -> None:
        self.account_sid = account_sid
        self.kept: OrderedDict[str, Message] = OrderedDict()
        self.opted_out: OrderedDict[tuple[str, str], None] = OrderedDict()

    def create(self, form: dict[str, str], wishes: Wishes, *, now: datetime) -> Message:
        """Take a message to send.

        Raises:
            Refused: Twilio would refuse it, or was wished to.
        """
        code = code_of(wishes)
        if code is not None and code < 30_000:
            raise Refused(code, "Attempt to send to unsubscribed recipient" if code == 21610 else "Refused on demand")
        rules.check(form)
        sender, service_sid = form.get("From") or None, form.get("MessagingServiceSid") or None
        if (form["To"], sender or service_sid) in self.opted_out:
            raise Refused(21610, "Attempt to send to unsubscribed recipient")
        made = Message(
            sid=f"SM{secrets.token_hex(16)}",
            account_sid=self.account_sid,
            to=form["To"],
            sender=sender,
            body=form.get("Body", ""),
            created_at=now.replace(microsecond=0),
            status="accepted" if service_sid else "queued",
            service_sid=service_sid,
            status_callback=form.get("StatusCallback") or None,
            wishes=wishes,
        )
        return self._keep(made)

    def receive(self, sender: str, to: str, body: str, *, media: int = 0, now: datetime) -> Message:
        """Take what somebody has texted; STOP, START and HELP are heeded and answered, as Twilio does by itself."""
        word = body.strip().upper()
        came = Message(
            sid=f"{'MM' if media else 'SM'}{secrets.token_hex(16)}",
            account_sid=self.account_sid,
            to=to,
            sender=sender,
            body=body,
            created_at=now.replace(microsecond=0),
            status="received",
            direction="inbound",
            media=media,
        )
        self._keep(came)
        if word in rules.STOP_WORDS:
            self.opted_out[sender, to] = None
            if len(self.opted_out) > MOST_KEPT:
                self.opted_out.popitem(last=False)
        if word in rules.START_WORDS:
            self.opted_out.pop((sender, to), None)
        if (answer := rules.answer_to(word)) is not None:
            self.reply(came, answer, now=now)
        return came

    def reply(self, came: Message, body: str, *, now: datetime) -> Message:
        """Answer what was received in the line's name: by Twilio itself, or by what a webhook was answered with."""
        answer = Message(
            sid=f"SM{secrets.token_hex(16)}",
            account_sid=self.account_sid,
            to=str(came.sender),
            sender=came.to,
            body=body,
            created_at=now.replace(microsecond=0),
            status="delivered",
            direction="outbound-reply",
        )
        return self._keep(answer)

    def move(self, sid: str, status: str, error_code: int | None, *, now: datetime) -> Message | None:
        """Move a message on; never back, whatever order its webhooks have. None: there is no such message."""
        message = self.kept.get(sid)
        if message is not None and RANKS.index(status) >= RANKS.index(message.status):
            message.status, message.error_code, message.updated_at = status, error_code, now.replace(microsecond=0)
        return message

    def find(self, sought: Sought) -> list[Message]:
        """Return messages, the latest first."""
        return [
            each
            for each in reversed(self.kept.values())
            if (sought.to is None or each.to == sought.to)
            and (sought.sender is None or each.sender == sought.sender)
            and (sought.since is None or each.created_at >= sought.since)
            and (sought.until is None or each.created_at <= sought.until)
        ]

    def _keep(self, message: Message) -> Message:
        self.kept[message.sid] = message
        if len(self.kept) > MOST_KEPT:
            self.kept.popitem(last=False)
        return message
