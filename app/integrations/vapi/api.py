"""Ask Vapi's API. What can be repeated is; an order that makes something new is given once.

Vapi has no key that would make an order safe to repeat. So an order without an answer is named (`VapiOutcomeUnknown`),
for its caller to look before giving it again: a call by the attempt in its metadata, all else by its name.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from pydantic import SecretStr

from app.core.clock import iso
from app.core.http import Client, Reply, Unanswered, send
from app.integrations.vapi.errors import (
    Unreadable,
    VapiBusy,
    VapiKeyRefused,
    VapiLacksIt,
    VapiOutcomeUnknown,
    VapiRefused,
    VapiUnintelligible,
    VapiUnreachable,
)
from app.integrations.vapi.objects import Assistant, Body, Data, OutboundCall, PhoneNumber, Tool
from app.integrations.vapi.payloads.calls import Call, read_call
from app.integrations.vapi.payloads.cleaning import identifier, instant
from app.integrations.vapi.payloads.decoding import decode, within

Pause = Callable[[float], Awaitable[None]]

ANSWER_SECONDS = 15.0
LARGEST_ANSWER_BYTES = 16_000_000
LARGEST_CALL_BYTES = 64_000_000
"""A long call comes with all that was said, several times over. What no webhook takes in is read here, or lost."""
TRIES = 3
USUAL_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 10, 60
PAGE = 100
MOST_LISTED = 5_000
CLOCKS_DIFFER = timedelta(minutes=1)
LONGEST_COMPLAINT = 300
NO_REASON = "it does not say why."
_OF_PEOPLE = {"customer", "variableValues", "firstMessage", "twilioAuthToken", "twilioApiSecret"}
_PERSONAL = re.compile(r"\S+@\S+|\+?\d[\d().\s-]{5,}\d")
_TOO_MANY_CALLS = re.compile(r"concurren", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Stored:
    """Something of ours that Vapi has: its id, and all of it as Vapi tells it, which may hold secrets."""

    id: str
    content: Data = field(repr=False)


@dataclass(frozen=True, slots=True)
class Vapi:
    """Vapi's API with one key. Every method raises what `errors` has; `pause` is how it waits, in seconds."""

    client: Client
    url: str
    key: SecretStr
    pause: Pause = asyncio.sleep
    tries: int = TRIES
    seconds: float = ANSWER_SECONDS

    async def create_call(self, call: OutboundCall) -> Call:
        """Have a call made, once; `limits` of what comes back says how many more Vapi would take.

        Raises:
            VapiBusy, VapiUnreachable: no call was made; may be repeated.
            VapiOutcomeUnknown: one may have been made; look with `calls_since` before repeating.
            VapiRefused, VapiKeyRefused, VapiLacksIt: no call was made, and repeating alone does not help.
        """
        made = read_call(await self._order("/call", call))
        if made is None:
            raise VapiOutcomeUnknown
        return made

    async def call(self, number: str) -> Call:
        """Return a call, with its report once it has ended."""
        found = read_call(await self._repeat("GET", f"/call/{_part(number)}", None, most_bytes=LARGEST_CALL_BYTES))
        if found is None:
            raise VapiUnintelligible
        return found

    async def delete_call(self, number: str) -> None:
        """Have a call deleted, its recording and words with it; twice does no harm.

        Raises:
            VapiLacksIt: there is none, or no more.
        """
        await self._repeat("DELETE", f"/call/{_part(number)}", {})

    async def calls_since(self, instant: datetime, limit: int = PAGE) -> list[Call]:
        """Return the calls that were made since an instant (a minute less, for clocks differ), at most 1,000.

        Where as many come as the limit allows, there may be more.
        """
        asked = {"limit": str(limit), "createdAtGe": iso(instant - CLOCKS_DIFFER)}
        found = await self._repeat("GET", f"/call?{urlencode(asked)}", None)
        if not isinstance(found, list):
            raise VapiUnintelligible
        return [call for each in found if (call := read_call(each)) is not None]

    async def assistants(self) -> list[Stored]:
        """Return all assistants."""
        return await self._all("/assistant")

    async def tools(self) -> list[Stored]:
        """Return all tools."""
        return await self._all("/tool")

    async def phone_numbers(self) -> list[Stored]:
        """Return all phone numbers."""
        return await self._all("/phone-number")

    async def create_assistant(self, assistant: Assistant) -> Stored:
        """Make an assistant."""
        return _made(await self._order("/assistant", assistant))

    async def create_tool(self, tool: Tool) -> Stored:
        """Make a tool."""
        return _made(await self._order("/tool", tool))

    async def create_phone_number(self, phone_number: PhoneNumber) -> Stored:
        """Have Vapi answer a phone number."""
        return _made(await self._order("/phone-number", phone_number))

    async def update_assistant(self, number: str, assistant: Assistant) -> Stored:
        """Make an assistant be as given; what is not given stays as it is."""
        return _stored(await self._repeat("PATCH", f"/assistant/{_part(number)}", assistant.as_json()))

    async def update_tool(self, number: str, tool: Tool) -> Stored:
        """Make a tool be as given."""
        return _stored(await self._repeat("PATCH", f"/tool/{_part(number)}", tool.as_json()))

    async def update_phone_number(self, number: str, phone_number: PhoneNumber) -> Stored:
        """Make a phone number be answered as given."""
        return _stored(await self._repeat("PATCH", f"/phone-number/{_part(number)}", phone_number.as_json()))

    async def _all(self, path: str) -> list[Stored]:
        """Return everything of a kind, whichever way Vapi sorts; a page begins where the last one ended."""
        found: dict[str, Stored] = {}
        asked = {"limit": str(PAGE)}
        while len(found) < MOST_LISTED:
            said = await self._repeat("GET", f"{path}?{urlencode(asked)}", None)
            if not isinstance(said, list):
                raise VapiUnintelligible
            page = [_stored(each) for each in said]
            fresh = {each.id: each for each in page if each.id not in found}
            found |= fresh
            if len(page) < PAGE or not fresh:
                return list(found.values())
            asked = {"limit": str(PAGE), **_following(page)}
        raise VapiUnintelligible(f"Vapi lists more than {MOST_LISTED} things of one kind.")

    async def _repeat(
        self, method: str, path: str, body: Data | None, *, most_bytes: int = LARGEST_ANSWER_BYTES
    ) -> object:
        """Ask for what may be asked again."""
        for attempt in range(1, self.tries + 1):
            wait = 2.0 ** (attempt - 1)
            try:
                reply = await self._send(method, path, body, most_bytes=most_bytes)
            except Unanswered:
                reply = None
            if reply is not None and reply.status == 429:
                wait = _wait(reply)
                if attempt == self.tries or wait > LONGEST_WAIT_SECONDS:
                    raise VapiBusy(_wait(reply))
            elif reply is not None and reply.status < 500:
                return self._understood(reply, body, VapiUnintelligible)
            if attempt < self.tries:
                await self.pause(wait)
        raise VapiUnreachable

    async def _order(self, path: str, body: Body) -> object:
        """Give an order once."""
        content = body.as_json()
        try:
            reply = await self._send("POST", path, content)
        except Unanswered as failure:
            raise (VapiOutcomeUnknown if failure.sent else VapiUnreachable) from failure
        if reply.status >= 500 or reply.status == 408:
            raise VapiOutcomeUnknown
        if reply.status == 429:
            raise VapiBusy(_wait(reply))
        return self._understood(reply, content, VapiOutcomeUnknown)

    async def _send(
        self, method: str, path: str, body: Data | None, *, most_bytes: int = LARGEST_ANSWER_BYTES
    ) -> Reply:
        headers = {"Authorization": f"Bearer {self.key.get_secret_value()}", "Accept": "application/json"}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body).encode()
        url = self.url.rstrip("/") + path
        return await send(
            self.client,
            method,
            url,
            seconds=self.seconds,
            headers=headers,
            body=content,
            most_bytes=most_bytes,
        )

    def _understood(
        self, reply: Reply, body: Data | None, otherwise: type[VapiUnintelligible] | type[VapiOutcomeUnknown]
    ) -> object:
        if reply.status in {401, 403}:
            raise VapiKeyRefused
        if reply.status == 404:
            raise VapiLacksIt
        if 400 <= reply.status < 500:
            said = self._complaint(reply, body)
            if _TOO_MANY_CALLS.search(said):
                raise VapiBusy
            raise VapiRefused(f"Vapi refuses that ({reply.status}): {said}")
        if not 200 <= reply.status < 300:
            raise otherwise
        try:
            return decode(reply.body)
        except Unreadable:
            raise otherwise from None

    def _complaint(self, reply: Reply, body: Data | None) -> str:
        """Return in one line what Vapi says, without our key and without what we said of people."""
        try:
            said = within(decode(reply.body), "message")
        except Unreadable:
            said = None
        line = " ".join(map(str, said[:5])) if isinstance(said, list) else said
        if not isinstance(line, str):
            return NO_REASON
        for private in (self.key.get_secret_value(), *_private(body)):
            line = line.replace(private, "...")
        shown = _PERSONAL.sub("...", " ".join(line[:2_000].split()))
        return "".join(character for character in shown if character.isprintable())[:LONGEST_COMPLAINT] or NO_REASON


def _private(value: object, *, within_private: bool = False) -> Iterator[str]:
    """Return what we said of people, and our secrets: Vapi may repeat it in a complaint."""
    if isinstance(value, str) and within_private and len(value) > 1:
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _private(each, within_private=within_private or key in _OF_PEOPLE)


def _part(number: str) -> str:
    """Return an id as one part of a path."""
    return quote(number, safe="")


def _wait(reply: Reply) -> int:
    """Return how many seconds Vapi wants us to wait, at least 1."""
    said = reply.headers.get("retry-after", "")
    return max(1, int(said)) if said.isascii() and said.isdigit() and len(said) < 6 else USUAL_WAIT_SECONDS


def _stored(said: object) -> Stored:
    number = identifier(within(said, "id"))
    if number is None or not isinstance(said, dict):
        raise VapiUnintelligible
    return Stored(number, said)


def _following(page: list[Stored]) -> dict[str, str]:
    """Return how to ask for what follows a page: everything from the end of it on, in its direction."""
    first, last = (instant(each.content.get("createdAt")) for each in (page[0], page[-1]))
    if first is None or last is None:
        raise VapiUnintelligible
    return {"createdAtGe" if first < last else "createdAtLe": iso(last)}


def _made(said: object) -> Stored:
    """Return what was made; an answer without its id tells nothing."""
    try:
        return _stored(said)
    except VapiUnintelligible:
        raise VapiOutcomeUnknown from None
