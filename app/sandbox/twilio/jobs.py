"""What Twilio does by itself: messages move on, and the service is told by signed webhooks, now and then twice."""

import asyncio
import secrets
from collections.abc import Sequence
from urllib.parse import urlencode

from app.core.clock import utcnow
from app.core.http import Reply
from app.sandbox.accounts import Accounts
from app.sandbox.courier import Courier
from app.sandbox.faults import code_of
from app.sandbox.twilio.rules import sign, tries_again
from app.sandbox.twilio.service import Message, Messages

Form = Sequence[tuple[str, str]]
IDEMPOTENCY_TOKEN = "I-Twilio-Idempotency-Token"  # noqa: S105 - the name of a header
BETWEEN_TRIES_SECONDS = 0.1


class Carrier:
    """Moves messages on, `pace` seconds from state to state, and posts the webhooks."""

    def __init__(self, accounts: Accounts, messages: Messages, courier: Courier, *, pace: float) -> None:
        self._accounts, self._messages, self._courier, self.pace = accounts, messages, courier, pace

    def steps(self, message: Message) -> list[str]:
        """Return the states that a message will go through, in the order in which they are told."""
        if "still" in message.wishes:
            return []
        last = "undelivered" if code_of(message.wishes) else "delivered"
        steps = [*(["queued"] if message.service_sid else []), "sending", "sent", last]
        return steps[::-1] if "disorder" in message.wishes else steps

    async def move_on(self, message: Message) -> None:
        """Take a message through its states; only changes after the first state are told, as Twilio does."""
        for status in self.steps(message):
            await asyncio.sleep(self.pace)
            await self.tell(message, status, code_of(message.wishes) if status == "undelivered" else None)

    async def tell(self, message: Message, status: str, error_code: int | None = None) -> None:
        """Move a message to a state and post its webhook, twice where that was wished."""
        now = utcnow()
        self._messages.move(message.sid, status, error_code, now=now)
        if message.status_callback is None or "lost" in message.wishes:
            return
        form = status_form(message, status, error_code, done=now.strftime("%y%m%d%H%M"))
        await self.post("status", message.status_callback, form, twice="repeat" in message.wishes)

    async def post(self, kind: str, url: str, form: Form, *, twice: bool = False) -> Reply | None:
        """Post a signed webhook; try again as its address says, with a token that shows that it is the same."""
        most, after = tries_again(url)
        token, reply = secrets.token_hex(16), await self._once(kind, url, form, {})
        while most > 0 and _failed(reply) & after:
            await asyncio.sleep(min(self.pace, BETWEEN_TRIES_SECONDS))
            reply, most = await self._once(kind, url, form, {IDEMPOTENCY_TOKEN: token}), most - 1
        if twice:
            reply = await self._once(kind, url, form, {IDEMPOTENCY_TOKEN: token})
        return reply

    async def _once(self, kind: str, url: str, form: Form, extra: dict[str, str]) -> Reply | None:
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": sign(self._accounts.twilio_token, url, form),
            **extra,
        }
        return await self._courier.post(kind, url.partition("#")[0], headers, urlencode(form).encode())


def _failed(reply: Reply | None) -> frozenset[str]:
    """Return what an answer is called in a policy of repeating; nothing where it was a good one."""
    if reply is None:
        return frozenset({"ct", "rt", "all"})
    if reply.status >= 500:
        return frozenset({"5xx", "all"})
    return frozenset({"4xx", "all"} if reply.status >= 400 else ())


def status_form(message: Message, status: str, error_code: int | None, *, done: str) -> Form:
    """Return the fields of a status webhook; `done` is when the operator's network was done: YYMMDDhhmm."""
    ends = status in ("delivered", "undelivered")
    fields = {
        "ApiVersion": "2010-04-01",
        "SmsSid": message.sid,
        "SmsStatus": status,
        "RawDlrDoneDate": done if ends else None,
        "To": message.to,
        "From": message.sender,
        "MessageSid": message.sid,
        "MessageStatus": status,
        "MessagingServiceSid": message.service_sid,
        "AccountSid": message.account_sid,
        "ErrorCode": str(error_code) if error_code else None,
    }
    return [(name, value) for name, value in fields.items() if value is not None]


def inbound_form(message: Message, region: str) -> Form:
    """Return the fields of the webhook for a received message; blank ones are sent, and signed."""
    places = [(f"{end}{part}", "") for end in ("From", "To") for part in ("City", "State", "Zip")]
    return [
        ("ToCountry", region),
        ("FromCountry", region),
        *places,
        ("SmsMessageSid", message.sid),
        ("NumMedia", str(message.media)),
        *((f"MediaUrl{number}", f"https://api.twilio.com/media/{number}") for number in range(message.media)),
        *((f"MediaContentType{number}", "image/jpeg") for number in range(message.media)),
        ("SmsSid", message.sid),
        ("SmsStatus", "received"),
        ("Body", message.body),
        ("To", message.to),
        ("NumSegments", "1"),
        ("MessageSid", message.sid),
        ("AccountSid", message.account_sid),
        ("From", message.sender or ""),
        ("ApiVersion", "2010-04-01"),
    ]
