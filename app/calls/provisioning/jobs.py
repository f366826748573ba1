"""Making Vapi have what we define: look first, then create or update what differs, and keep each id at once.

Vapi has no key that makes a creation safe to repeat. So what there is, is always looked at first, and found again by
its id, else by what we have put into it; a run that broke off is made up for by the next.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from app.calls.provisioning import service
from app.calls.provisioning.rules import Account, assistant, changed, difference, phone_number, tool
from app.calls.provisioning.rules.bodies import CLIENT
from app.calls.provisioning.schemas import Note, Provisioned, Step
from app.calls.provisioning.service import Subject
from app.calls.tools.service import TOOLS
from app.core.clock import utcnow
from app.core.db import Sessions
from app.integrations.vapi.api import Stored, Vapi
from app.integrations.vapi.objects import Assistant, Body, PhoneNumber, Tool
from app.integrations.vapi.payloads.decoding import within

Kind = Literal["tool", "assistant", "phone_number"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where Vapi reaches us, by which credential it proves itself, and whose numbers it answers."""

    url: str
    credential: str | None = None
    account: Account | None = None


@dataclass(slots=True)
class Provisioner:
    """Sets up one client's voice. With `dry_run` nothing is changed, neither there nor here."""

    vapi: Vapi
    sessions: Sessions
    subject: Subject
    place: Place
    dry_run: bool = False
    steps: list[Step] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    async def run(self) -> Provisioned:
        """Set everything up and return what was done.

        Raises:
            AppError: Vapi refuses, or does not answer; what was done until then stays, and the next run goes on.
            AssistantTaken: what was found is another client's.
        """
        tool_ids = await self._tools()
        assistant_id = await self._assistant(tool_ids)
        await self._numbers(assistant_id or "new-assistant")
        if self.place.credential is None:
            self._note("credential_missing", "APP_VAPI_CREDENTIAL_ID is not set: Vapi proves itself by no credential.")
        key = self.subject.client.client_key
        return Provisioned(
            client_key=key, dry_run=self.dry_run, assistant_id=assistant_id, steps=self.steps, notes=self.notes
        )

    async def _tools(self) -> dict[str, str]:
        """Set up the tools; they are the same for all clients, so all share them. Return their ids by name."""
        there, ids = await self.vapi.tools(), {}
        for name, each in TOOLS.items():
            url, credential = self.place.url, self.place.credential
            wanted = tool(name, each.description, each.parameters, url=url, credential=credential)
            ours = [found for found in there if _is_tool(found, name, self.place.url)]
            found = _chosen(there, self.subject.tool_ids.get(name), ours)
            made = await self._settle("tool", name, wanted, found)
            ids[name] = made or f"new-{name}"
        return ids

    async def _assistant(self, tool_ids: Mapping[str, str]) -> str | None:
        there, client = await self.vapi.assistants(), self.subject.client
        url, credential = self.place.url, self.place.credential
        wanted = assistant(self.subject.business, list(tool_ids.values()), url=url, credential=credential)
        ours = [each for each in there if within(each.content, "metadata", CLIENT) == str(client.id)]
        found = _chosen(there, self.subject.assistant_id, ours)
        made = await self._settle("assistant", wanted.name, wanted, found)
        known = (self.subject.assistant_id, dict(self.subject.tool_ids))
        if made is not None and known != (made, dict(tool_ids)):
            await self._keep(lambda session: service.keep_assistant(session, client, made, tool_ids, now=utcnow()))
        return made

    async def _numbers(self, assistant_id: str) -> None:
        lines, account = self.subject.lines, self.place.account
        if not lines:
            path = f"/api/clients/{self.subject.client.client_key}/lines/{{number}}"
            self._note("line_missing", f"The client has no number: PUT {path} gives it one.")
        elif account is None:
            self._note("twilio_not_configured", "TWILIO_ACCOUNT_SID and its token are not set: numbers are left alone.")
        else:
            there = await self.vapi.phone_numbers()
            for line in lines:
                await self._number(line.number, line.vapi_phone_number_id, there, account, assistant_id)
            await self._remember(account)

    async def _number(
        self, number: str, known: str | None, there: Sequence[Stored], account: Account, assistant_id: str
    ) -> None:
        found = _chosen(there, known, [each for each in there if each.content.get("number") == number])
        if found is not None and found.content.get("provider", "twilio") != "twilio":
            self._note("number_elsewhere", f"{number} is no number of Twilio's at Vapi: give it the assistant there.")
            made: str | None = found.id
        else:
            wanted = phone_number(number, self.subject.business, account, assistant_id)
            made = await self._settle("phone_number", number, wanted, found)
            if wanted.fallback_destination is None and found is not None and found.content.get("fallbackDestination"):
                self._note("fallback_left", f"{number} still hands over to a number that is not set here: see Vapi.")
        if made is not None and made != known:
            client = self.subject.client
            await self._keep(lambda session: service.keep_line(session, client, number, made))

    async def _settle(
        self, kind: Kind, name: str, wanted: Assistant | Tool | PhoneNumber, found: Stored | None
    ) -> str | None:
        """Create or update one thing, if it is not as it should be, and return its id; None: it would be created."""
        body = wanted.as_json()
        account = self.place.account
        known = account is None or self.subject.fingerprint == _fingerprint(account)
        if found is not None and not changed(body, found.content, secrets_known=known):
            self.steps.append(Step(kind=kind, name=name, action="keep", id=found.id))
            return found.id
        shown = difference(f"{kind} {name}", body, None if found is None else found.content)
        made = found
        if not self.dry_run:
            made = await self._create(wanted) if found is None else await self._update(found.id, wanted)
        identifier = None if made is None else made.id
        action: Literal["create", "update"] = "create" if found is None else "update"
        self.steps.append(Step(kind=kind, name=name, action=action, id=identifier, difference=shown))
        return identifier

    async def _create(self, wanted: Body) -> Stored:
        if isinstance(wanted, Tool):
            return await self.vapi.create_tool(wanted)
        if isinstance(wanted, Assistant):
            return await self.vapi.create_assistant(wanted)
        assert isinstance(wanted, PhoneNumber)
        return await self.vapi.create_phone_number(wanted)

    async def _update(self, number: str, wanted: Body) -> Stored:
        if isinstance(wanted, Tool):
            return await self.vapi.update_tool(number, wanted)
        if isinstance(wanted, Assistant):
            return await self.vapi.update_assistant(number, wanted)
        assert isinstance(wanted, PhoneNumber)
        return await self.vapi.update_phone_number(number, wanted)

    async def _remember(self, account: Account) -> None:
        """Remember which secrets Vapi has now, for it may not show them."""
        sent, client = _fingerprint(account), self.subject.client
        if self.subject.fingerprint != sent:
            await self._keep(lambda session: service.keep_fingerprint(session, client, sent))

    async def _keep(self, act: Callable[[AsyncSession], Awaitable[Any]]) -> None:
        if not self.dry_run:
            async with self.sessions.begin() as session:
                await act(session)

    def _note(self, code: str, detail: str) -> None:
        self.notes.append(Note(code=code, detail=detail))


def _chosen(there: Sequence[Stored], known: str | None, ours: Sequence[Stored]) -> Stored | None:
    """Return what we know by its id, else what is ours by what it holds, the oldest."""
    by_id = next((each for each in there if each.id == known), None)
    return by_id or min(ours, key=lambda each: (str(each.content.get("createdAt")), each.id), default=None)


def _is_tool(found: Stored, name: str, url: str) -> bool:
    return within(found.content, "function", "name") == name and within(found.content, "server", "url") == url


def _fingerprint(account: Account) -> str:
    secrets = [each.get_secret_value() if each else "" for each in (account.token, account.secret)]
    return hashlib.sha256("\n".join([account.sid, account.key or "", *secrets]).encode()).hexdigest()
