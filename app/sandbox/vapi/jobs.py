"""What Vapi does by itself: an outbound call rings, is answered or not, ends, and the service is told."""

import asyncio
import secrets
from typing import Any

import orjson

from app.core.clock import utcnow
from app.core.http import Reply
from app.sandbox.accounts import Accounts
from app.sandbox.courier import Courier
from app.sandbox.faults import Wishes
from app.sandbox.vapi import events
from app.sandbox.vapi.rules import proof
from app.sandbox.vapi.service import Organisation, Thing

NOT_ANSWERED = {"no-answer": "customer-did-not-answer", "busy": "customer-busy", "voicemail": "voicemail"}


class Caller:
    """Leads calls through their lives, `pace` seconds from state to state."""

    def __init__(self, accounts: Accounts, organisation: Organisation, courier: Courier, *, pace: float) -> None:
        self._accounts, self._organisation, self._courier, self.pace = accounts, organisation, courier, pace

    async def lead(self, call: Thing, wishes: Wishes) -> None:
        """Lead a call from queued to ended, and report it."""
        if "still" in wishes or call["status"] == "scheduled":
            return
        refused = next((NOT_ANSWERED[wish] for wish in sorted(wishes) if wish in NOT_ANSWERED), None)
        began = utcnow()
        for status in ("ringing", *(() if refused else ("in-progress",))):
            await asyncio.sleep(self.pace)
            call["status"] = status
            await self._tell(call, events.status_update(call, self._number(call), status, now=utcnow()), wishes)
        await asyncio.sleep(self.pace)
        lines = [] if refused else [("bot", self._first_message(call)), ("user", "Thank you, goodbye.")]
        reason = refused or "customer-ended-call"
        call.update(events.finished(call, lines, reason, began=began, ended=utcnow()))
        await self.report(call, wishes)

    async def report(self, call: Thing, wishes: Wishes) -> None:
        """Tell that a call is over, and how it went; the other way round where that was wished."""
        number = self._number(call)
        told = [
            events.status_update(call, number, "ended", now=utcnow()),
            events.end_of_call_report(call, number, now=utcnow()),
        ]
        for message in told[::-1] if "disorder" in wishes else told:
            await self._tell(call, message, wishes)

    async def post(self, url: str, message: Thing, extra: dict[str, str]) -> Reply | None:
        """Post a webhook that proves itself by the account's plan."""
        body = orjson.dumps(message)
        accounts = self._accounts
        headers = proof(
            accounts.vapi_plan,
            accounts.vapi_secret,
            body=body,
            url=url,
            seconds=int(utcnow().timestamp()),
            message_id=f"msg_{secrets.token_hex(12)}",
        )
        kind = f"vapi {message['message']['type']}"
        return await self._courier.post(kind, url, {"Content-Type": "application/json", **extra, **headers}, body)

    async def _tell(self, call: Thing, message: Thing, wishes: Wishes) -> None:
        assistant = self._assistant(call)
        server = assistant.get("server") or (self._number(call) or {}).get("server") or {}
        wanted = assistant.get("serverMessages")
        unwanted = wanted is not None and message["message"]["type"] not in wanted
        if "lost" in wishes or unwanted or not server.get("url"):
            return
        for _ in range(2 if "repeat" in wishes else 1):
            await self.post(str(server["url"]), message, dict(server.get("headers") or {}))

    def _assistant(self, call: Thing) -> Thing:
        inline: Any = call.get("assistant")
        stored = self._organisation.things["assistant"].get(str(call.get("assistantId")), {})
        return {**(inline or stored), **(call.get("assistantOverrides") or {})}

    def _number(self, call: Thing) -> Thing | None:
        return self._organisation.things["phone-number"].get(str(call.get("phoneNumberId")))

    def _first_message(self, call: Thing) -> str:
        return str(self._assistant(call).get("firstMessage") or "Hello.")
