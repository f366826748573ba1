"""Callers who run their plans beside each other, and the ledger of what they were answered."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from tests.races.mix import Attempt
from tests.races.practice import Practice
from tests.races.wire import Answer, Caller, Lost, request

Send = Callable[[Caller, bytes], Awaitable[Answer]]


@dataclass(frozen=True)
class Done:
    """A request with its answer; `happened` is the word that the history has for it."""

    happened: str
    raw: bytes
    keyed: bool
    answer: Answer


@dataclass
class Ledger:
    """All that was answered, and the last answer about each booking."""

    done: list[Done] = field(default_factory=list)
    bookings: dict[str, dict[str, Any]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    attempts: int = 0
    milestones: dict[int, asyncio.Event] = field(default_factory=dict)

    def milestone(self, attempts: int) -> asyncio.Event:
        """Return what is set when so many attempts have been made."""
        reached = self.milestones.setdefault(attempts, asyncio.Event())
        if self.attempts >= attempts:
            reached.set()
        return reached

    def count(self) -> None:
        """Note that an attempt has been made."""
        self.attempts += 1
        if self.attempts in self.milestones:
            self.milestones[self.attempts].set()

    @property
    def accepted(self) -> list[Done]:
        return [each for each in self.done if each.answer.status < 300]

    @property
    def refused(self) -> Counter[tuple[int, str]]:
        """Statuses and codes of the problems that were answered."""
        return Counter((each.answer.status, each.answer.code) for each in self.done if each.answer.status >= 300)

    def note(self, done: Done) -> None:
        self.done.append(done)
        if done.answer.status < 300:
            booking = done.answer.json()
            known = self.bookings.get(booking["id"])
            if known is None or known["version"] < booking["version"]:
                self.bookings[booking["id"]] = booking


async def once(caller: Caller, raw: bytes) -> Answer:
    """Send a request to a server that is well."""
    return await caller.send(raw)


@dataclass
class Patience:
    """Sends a request, with its Idempotency-Key, until it is answered by something else than 503."""

    seconds: float = 60
    lost: int = 0
    unavailable: int = 0
    done_before: int = 0
    """Requests that turned out to have been carried out by a try that was lost or answered 503."""

    async def __call__(self, caller: Caller, raw: bytes) -> Answer:
        async with asyncio.timeout(self.seconds):
            while True:
                try:
                    answer = await caller.send(raw)
                except Lost:
                    self.lost += 1
                else:
                    if answer.status != 503:
                        self.done_before += answer.replayed
                        return answer
                    self.unavailable += 1
                await asyncio.sleep(0.05)


@dataclass
class Run:
    """One caller's way through its plan."""

    practice: Practice
    caller: Caller
    ledger: Ledger
    send: Send
    all_keyed: bool

    async def all(self, attempts: Iterable[Attempt]) -> None:
        for attempt in attempts:
            await self._one(attempt)
            self.ledger.count()
        self.caller.close()

    async def _one(self, attempt: Attempt) -> None:
        if attempt.kind == "book":
            await self._post("confirmed", "/api/bookings", attempt, attempt.body)
        elif attempt.kind == "hold":
            await self._hold(attempt)
        elif self.ledger.bookings:
            known = list(self.ledger.bookings.values())
            booking = known[int(attempt.pick * len(known))]
            body = {**attempt.body} if attempt.kind == "reschedule" else {"reason": "race"}
            if attempt.with_version:
                body["version"] = booking["version"]
            happened = "rescheduled" if attempt.kind == "reschedule" else "cancelled"
            await self._post(happened, f"/api/bookings/{booking['id']}/{attempt.kind}", attempt, body)

    async def _hold(self, attempt: Attempt) -> None:
        answer = await self._post("held", "/api/bookings/hold", attempt, attempt.body)
        if answer.status != 201 or attempt.fate == "leave":
            return
        held = answer.json()
        token = {"holdToken": held["holdToken"]}
        if attempt.fate == "book":
            body = {**attempt.body, **token, "holdId": held["id"]}
            await self._post("confirmed", "/api/bookings", attempt, body)
            return
        happened = {"confirm": "confirmed", "release": "released", "extend": "extended"}[attempt.fate]
        body = {**token, "seconds": 60} if attempt.fate == "extend" else token
        await self._post(happened, f"/api/bookings/{held['id']}/{attempt.fate}", attempt, body)

    async def _post(self, happened: str, path: str, attempt: Attempt, body: dict[str, Any]) -> Answer:
        keyed = self.all_keyed or attempt.pick < 0.5
        key = f"{attempt.marker}-{happened}" if keyed else None
        raw = request("POST", path, self.practice.key, body, idempotency_key=key)
        began = perf_counter()
        answer = await self.send(self.caller, raw)
        self.ledger.seconds.append(perf_counter() - began)
        self.ledger.note(Done(happened, raw, keyed, answer))
        return answer


async def run(
    practice: Practice,
    ports: Sequence[int],
    plans: Sequence[Iterable[Attempt]],
    *,
    send: Send = once,
    all_keyed: bool = False,
    ledger: Ledger | None = None,
) -> Ledger:
    """Run all plans beside each other, one caller each, in turn on one of the ports; return what was answered."""
    ledger = Ledger() if ledger is None else ledger
    async with asyncio.TaskGroup() as group:
        for number, attempts in enumerate(plans):
            caller = Caller(ports[number % len(ports)])
            group.create_task(Run(practice, caller, ledger, send, all_keyed).all(attempts))
    return ledger
