"""A call in progress: what Vapi would send, in its order, each time with what came back and how soon."""

import secrets
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Any

import orjson

from app.core.clock import utcnow
from app.sandbox.accounts import Accounts
from app.sandbox.calling import events
from app.sandbox.calling.rules import Act, Mind, heard, understand
from app.sandbox.terminal import Desk, Unreached
from app.sandbox.vapi.events import end_of_call_report, finished, status_update
from app.sandbox.vapi.rules import proof

WEBHOOK = "/webhooks/vapi"
Thing = dict[str, Any]


class Conversation:
    """One call from somebody to a client's line.

    `echo` shows each line; None: nobody looks on. What is `typed` is seen already.
    """

    def __init__(
        self,
        desk: Desk,
        accounts: Accounts,
        caller: str | None,
        *,
        echo: Callable[[str], Any] | None,
        typed: bool = False,
    ) -> None:
        self._desk, self._accounts, self._caller, self._echo, self._typed = desk, accounts, caller, echo, typed
        self.began, self.turns = utcnow(), list[Thing]()
        self.call: Thing = {}
        self._number: Thing = {}
        self._spoken: list[tuple[str, str]] = []

    async def begin(self, line: Thing) -> None:
        """Ring, and be taken by the client's assistant.

        Raises:
            Unreached: nobody takes the call.
        """
        self.call = events.incoming(self._caller, line["vapiPhoneNumberId"], now=self.began)
        self._number = events.number_of(line)
        answer, took = await self._post(events.assistant_request(self.call, self._number, now=utcnow()))
        self._show("", took, "assistant-request")
        if not answer.get("assistantId") and not answer.get("assistant"):
            raise Unreached(f"nobody takes the call: {answer.get('error') or orjson.dumps(answer).decode()[:200]}")
        self.call |= {"assistantId": answer.get("assistantId"), "assistant": answer.get("assistant")}
        await self._tell("in-progress")
        assistant = answer.get("assistant") or await self._stored(str(answer["assistantId"]))
        self._say(str(assistant.get("firstMessage") or "Hello, how can I help you?"))

    async def hear(self, mind: Mind, said: str) -> tuple[Mind, bool]:
        """Do what the assistant does about a line; return what it keeps in mind, and whether it hangs up."""
        self._spoken.append(("user", said))
        if self._echo and not self._typed:
            self._echo(f"you        {said}")
        mind, act = understand(mind, said)
        if act.tool is None:
            self._say(act.says or "")
            return mind, act.ends
        answer, took = await self._use(act)
        self.turns.append({"said": said, "tool": act.tool, "arguments": act.arguments, "answer": answer, "ms": took})
        self._show(_as_text(act), took, "tool")
        self._say(answer)
        return heard(mind, act, answer), False

    async def hang_up(self) -> None:
        """End the call, and report it as Vapi does."""
        ended = finished(self.call, self._spoken, "customer-ended-call", began=self.began, ended=utcnow())
        self.call |= ended
        await self._tell("ended")
        _, took = await self._post(end_of_call_report(self.call, self._number, now=utcnow()))
        self._show("", took, "end-of-call-report")

    async def _use(self, act: Act) -> tuple[str, float]:
        """Have a tool used, and return what it answers.

        Raises:
            Unreached: the service answers otherwise than Vapi understands.
        """
        key = f"call_{secrets.token_hex(12)}"
        message = events.tool_calls(self.call, self._number, [(key, str(act.tool), act.arguments)], now=utcnow())
        answer, took = await self._post(message)
        results = [each for each in answer.get("results", []) if each.get("toolCallId") == key]
        spoken = results[0].get("result") or results[0].get("error") if results else None
        if not isinstance(spoken, str) or "\n" in spoken:
            raise Unreached("the service gave no answer that Vapi understands: one line of text for the tool's id.")
        return spoken, took

    async def _tell(self, status: str) -> None:
        _, took = await self._post(status_update(self.call, self._number, status, now=utcnow()))
        with suppress(Unreached):  # the stand-in for Vapi, where there is one, can then be asked for the call
            known = {name: value for name, value in self.call.items() if value is not None}
            await self._desk.control("POST", "/calls", {**known, "status": status})
        self._show("", took, f"status-update {status}")

    async def _post(self, message: Thing) -> tuple[Thing, float]:
        """Send a message as Vapi does, and return the answer and how many milliseconds it took.

        Raises:
            Unreached: it is not answered 200.
        """
        url, body = f"{self._desk.service}{WEBHOOK}", orjson.dumps(message)
        accounts = self._accounts
        proven = proof(
            accounts.vapi_plan,
            accounts.vapi_secret,
            body=body,
            url=url,
            seconds=int(utcnow().timestamp()),
            message_id=f"msg_{secrets.token_hex(12)}",
        )
        began = monotonic()
        reply = await self._desk.send("POST", url, headers={"Content-Type": "application/json", **proven}, body=body)
        took = round((monotonic() - began) * 1_000, 1)
        if reply.status != 200:
            raise Unreached(f"the service answered {reply.status} to {WEBHOOK}: see its log.")
        return orjson.loads(reply.body or b"{}") or {}, took

    async def _stored(self, identifier: str) -> Thing:
        """Return an assistant as the stand-in for Vapi has it; nothing where it is elsewhere."""
        headers = {"Authorization": f"Bearer {self._accounts.vapi_key}"}
        with suppress(Unreached):
            reply = await self._desk.send("GET", f"{self._desk.places.sandbox}/assistant/{identifier}", headers=headers)
            if reply.status == 200:
                assistant: Thing = orjson.loads(reply.body)
                return assistant
        return {}

    def _say(self, words: str) -> None:
        self._spoken.append(("bot", words))
        if self._echo:
            self._echo(f"assistant  {words}")

    def _show(self, what: str, took: float, kind: str) -> None:
        if self._echo:
            self._echo(f"           [{kind}{' ' if what else ''}{what}: {took} ms]")


def _as_text(act: Act) -> str:
    return f"{act.tool}({', '.join(f'{name}={value!r}' for name, value in act.arguments.items())})"
