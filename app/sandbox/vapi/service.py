"""What an organisation has at Vapi, in memory: assistants, tools, phone numbers, and the last of its calls."""

from collections import OrderedDict
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from app.core.ids import new_id
from app.sandbox.vapi import rules
from app.sandbox.vapi.errors import VapiRefused

KINDS = ("assistant", "tool", "phone-number")
MOST_KEPT = 1_000
Thing = dict[str, Any]


def wire(instant: datetime) -> str:
    """Return an instant as Vapi writes it, in milliseconds."""
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Organisation:
    """Everything of one account."""

    def __init__(self) -> None:
        self.id = str(uuid4())
        self.things: dict[str, OrderedDict[str, Thing]] = {kind: OrderedDict() for kind in KINDS}
        self.calls: OrderedDict[str, Thing] = OrderedDict()
        self.concurrency = 10

    def create(self, kind: str, body: Thing, *, now: datetime) -> Thing:
        """Make a thing of a kind.

        Raises:
            VapiRefused: it is none, or there are too many.
        """
        rules.check_thing(kind, body)
        if len(self.things[kind]) >= MOST_KEPT:
            raise VapiRefused("the stand-in keeps 1,000 of a kind")
        made = {**body, **self._identity(str(uuid4()), now)}
        if kind == "phone-number":
            made |= {"status": "active"}
        self.things[kind][made["id"]] = made
        return made

    def read(self, kind: str, identifier: str) -> Thing:
        """Return a thing, or a call where the kind is `call`.

        Raises:
            VapiRefused: there is none, or the id is no UUID.
        """
        try:
            UUID(identifier)
        except ValueError:
            raise VapiRefused(["id must be a UUID"]) from None
        found = (self.calls if kind == "call" else self.things[kind]).get(identifier)
        if found is None:
            raise VapiRefused("Not Found", 404)
        return found

    def update(self, kind: str, identifier: str, changes: Thing, *, now: datetime) -> Thing:
        """Change the named fields of a thing.

        Raises:
            VapiRefused: there is none, or it would be none any longer.
        """
        thing = self.read(kind, identifier)
        changed = {**thing, **changes, "id": thing["id"], "orgId": self.id, "updatedAt": wire(now)}
        rules.check_thing(kind, changed)
        thing.update(changed)
        return thing

    def delete(self, kind: str, identifier: str) -> Thing:
        """Remove a thing, or a call where the kind is `call`, and return what it was.

        Raises:
            VapiRefused: there is none.
        """
        kept = self.calls if kind == "call" else self.things[kind]
        return kept.pop(self.read(kind, identifier)["id"])

    def place(self, body: Thing, *, now: datetime) -> Thing:
        """Place an outbound call; it is queued, or scheduled where it has a plan for later.

        Raises:
            VapiRefused: Vapi would not, or too many are in progress.
        """
        rules.check_call(body)
        if body.get("assistantId"):
            self._known("assistant", body["assistantId"])
        self._known("phone-number", body["phoneNumberId"])
        if self.in_progress() >= self.concurrency:
            raise VapiRefused("Over Concurrency Limit")
        call = {
            **body,
            **self._identity(str(new_id()), now),
            "type": "outboundPhoneCall",
            "status": "scheduled" if body.get("schedulePlan") else "queued",
            "phoneCallProvider": "twilio",
            "phoneCallTransport": "pstn",
            "cost": 0,
        }
        return self.keep(call)

    def keep(self, call: Thing) -> Thing:
        """Remember a call, also one that others placed."""
        self.calls[call["id"]] = call
        if len(self.calls) > MOST_KEPT:
            self.calls.popitem(last=False)
        return call

    def in_progress(self) -> int:
        """Return how many calls are."""
        return sum(call["status"] in rules.ACTIVE for call in self.calls.values())

    def limits(self) -> Thing:
        """Return the limits that an answer tells."""
        left = self.concurrency - self.in_progress()
        return {
            "concurrencyBlocked": left < 0,
            "concurrencyLimit": self.concurrency,
            "remainingConcurrentCalls": max(left, 0),
        }

    def clear(self) -> None:
        """Forget everything."""
        self.calls.clear()
        for things in self.things.values():
            things.clear()

    def _known(self, kind: str, identifier: object) -> None:
        if identifier not in self.things[kind]:
            raise VapiRefused(f"Couldn't Find {kind.title()}. It May Have Been Deleted.")

    def _identity(self, identifier: str, now: datetime) -> Thing:
        return {"id": identifier, "orgId": self.id, "createdAt": wire(now), "updatedAt": wire(now)}
