"""Ask Twilio's API: send a text, and list what was sent to somebody.

Sending has no key that would make it safe to repeat: an order without an answer is never given again here, but named
(`TwilioOutcomeUnknown`), so that its caller can list first.
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import quote, urlencode, urlsplit

from pydantic import SecretStr, TypeAdapter, ValidationError

from app.core.errors import AppError
from app.core.http import Client, Reply, Unanswered, send
from app.integrations.twilio.answers import PAGE, SENT, Complaint, Page, Sent
from app.integrations.twilio.errors import (
    OptedOut,
    TwilioBusy,
    TwilioKeyRefused,
    TwilioOutcomeUnknown,
    TwilioRefused,
    TwilioUnintelligible,
    TwilioUnreachable,
)
from app.integrations.twilio.statuses import verdict

T = TypeVar("T")
Failure = type[TwilioOutcomeUnknown | TwilioUnreachable | TwilioUnintelligible]

ANSWER_SECONDS = 15.0
MOST_PAGES, PAGE_SIZE = 20, 50
"""A page of the longest texts fits into what is read of an answer."""
SHORTEST_VALIDITY, LONGEST_VALIDITY = 1, 36_000
USUAL_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 1, 3_600
CLOCKS_DIFFER = timedelta(minutes=1)
KEY_REFUSED, TOO_MANY_REQUESTS = 20003, 20429


@dataclass(frozen=True, slots=True)
class Twilio:
    """Twilio's API for one account. `key` is an API key's sid (`SK...`) or the account's; `secret` belongs to it."""

    client: Client
    url: str
    account_sid: str
    key: str
    secret: SecretStr
    seconds: float = field(default=ANSWER_SECONDS)

    async def send(
        self,
        *,
        to: str,
        sender: str,
        body: str,
        status_callback: str | None,
        token: str,
        validity_seconds: int | None = None,
    ) -> Sent:
        """Send a text once.

        `to` is in E.164; `sender` is a number, a name, or the sid of a messaging service (`MG...`). `status_callback`
        is where Twilio tells of its fate. `token` goes along as `I-Twilio-Idempotency-Token`; that Twilio heeds it is
        documented nowhere. `validity_seconds`, 1 to 36,000: so long it may wait at Twilio.

        Raises:
            TwilioBusy, TwilioUnreachable: nothing was sent; may be repeated.
            TwilioOutcomeUnknown: it may have been sent; list before repeating.
            OptedOut, TwilioRefused, TwilioKeyRefused: it was not sent, and repeating alone does not help, except
                where `TwilioRefused.permanent` is False.
        """
        form = {"To": to, "MessagingServiceSid" if sender.startswith("MG") else "From": sender, "Body": body}
        if status_callback:
            form["StatusCallback"] = status_callback
        if validity_seconds is not None:
            form["ValidityPeriod"] = str(min(max(validity_seconds, SHORTEST_VALIDITY), LONGEST_VALIDITY))
        headers = {"Content-Type": "application/x-www-form-urlencoded", "I-Twilio-Idempotency-Token": token}
        try:
            reply = await self._ask("POST", self._path, headers, urlencode(form).encode())
        except Unanswered as failure:
            raise (TwilioOutcomeUnknown if failure.sent else TwilioUnreachable) from failure
        return _understood(reply, SENT, TwilioOutcomeUnknown, TwilioOutcomeUnknown)

    async def list_received(self, *, line: str, since: datetime) -> list[Sent]:
        """Return the texts that came in for a number of ours since an instant, the oldest first; as `list_sent`.

        Raises:
            TwilioUnreachable, TwilioBusy: may be repeated.
            TwilioKeyRefused, TwilioRefused, TwilioUnintelligible: the list cannot be had, or not to its end.
        """
        return [each for each in reversed(await self.list_sent(to=line, since=since)) if each.direction == "inbound"]

    async def list_sent(self, *, to: str, since: datetime, sender: str | None = None) -> list[Sent]:
        """Return the messages to a recipient that were made since an instant, the newest first; of one sender if given.

        Twilio can filter by when a message was sent, but that leaves out the ones that still wait; so all of the
        recipient's are read until they are older. Its times are whole seconds of its own clock: what was made up to
        a minute before `since` is among them.

        Raises:
            TwilioUnreachable, TwilioBusy: may be repeated.
            TwilioKeyRefused, TwilioRefused, TwilioUnintelligible: the list cannot be had, or not to its end.
        """
        found: list[Sent] = []
        earliest = since - CLOCKS_DIFFER
        path = f"{self._path}?{urlencode({'To': to, 'PageSize': PAGE_SIZE})}"
        for _ in range(MOST_PAGES):
            page = await self._page(path)
            recent = [each for each in page.messages if each.created_at is None or each.created_at >= earliest]
            found += [each for each in recent if each.recipient == to]
            if not page.next_page_uri or not recent:
                return [each for each in found if sender is None or each.is_from(sender)]
            path = self._following(page.next_page_uri)
        raise TwilioUnintelligible(f"Twilio lists more than {MOST_PAGES * PAGE_SIZE} messages to one recipient.")

    @property
    def _path(self) -> str:
        return f"/2010-04-01/Accounts/{quote(self.account_sid, safe='')}/Messages.json"

    async def _page(self, path: str) -> Page:
        try:
            reply = await self._ask("GET", path, {}, None)
        except Unanswered as failure:
            raise TwilioUnreachable from failure
        return _understood(reply, PAGE, TwilioUnreachable, TwilioUnintelligible)

    def _following(self, uri: str) -> str:
        """Return the path of the next page. Whatever host it names, our key goes to none but Twilio's."""
        parts = urlsplit(uri)
        if parts.path != self._path:
            raise TwilioUnintelligible
        return f"{parts.path}?{parts.query}"

    async def _ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        key = b64encode(f"{self.key}:{self.secret.get_secret_value()}".encode()).decode()
        named = {"Authorization": f"Basic {key}", "Accept": "application/json", **headers}
        url = self.url.rstrip("/") + path
        return await send(self.client, method, url, seconds=self.seconds, headers=named, body=body)


def _understood(reply: Reply, shape: TypeAdapter[T], failed: Failure, unintelligible: Failure) -> T:
    """Return what was answered; `failed` is raised where Twilio fails, `unintelligible` where the answer is none."""
    if reply.status >= 500 or reply.status == 408:
        raise failed
    if 400 <= reply.status < 500:
        raise _refusal(reply)
    if not 200 <= reply.status < 300:
        raise unintelligible
    try:
        return shape.validate_json(reply.body)
    except ValidationError:
        raise unintelligible from None


def _refusal(reply: Reply) -> AppError:
    try:
        code = Complaint.model_validate_json(reply.body).code
    except ValidationError:
        code = None
    if reply.status == 429 or code == TOO_MANY_REQUESTS:
        return TwilioBusy(_wait(reply))
    if reply.status == 401 or code == KEY_REFUSED or (reply.status == 403 and code is None):
        return TwilioKeyRefused()
    if verdict(code) == "opted_out":
        return OptedOut()
    return TwilioRefused(code, permanent=verdict(code) != "later")


def _wait(reply: Reply) -> int:
    """Return how many seconds Twilio wants us to wait, at least 1."""
    said = reply.headers.get("retry-after", "")
    seconds = int(said) if said.isascii() and said.isdigit() and len(said) < 10 else USUAL_WAIT_SECONDS
    return min(max(1, seconds), LONGEST_WAIT_SECONDS)
