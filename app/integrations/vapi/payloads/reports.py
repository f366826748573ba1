"""Ends of calls: the report that comes after one, and why it ended."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

import orjson

from app.integrations.vapi.payloads.cleaning import MARGIN, Cleaner, address, cost, identifier, instant, number, text
from app.integrations.vapi.payloads.decoding import items, mapping, within
from app.integrations.vapi.payloads.privacy import without_cards

T = TypeVar("T")

LONGEST_TRANSCRIPT = 200_000
LONGEST_SUMMARY = 10_000
LONGEST_TURN = 10_000
MOST_TURNS = 2_000
_ARGUMENTS = Cleaner(longest=1_000, most=50, deepest=6)

ROLES: Mapping[str, str] = {
    "bot": "assistant",
    "assistant": "assistant",
    "user": "user",
    "tool_calls": "tool_call",
    "tool_call_result": "tool_result",
    "tool": "tool_result",
}
"""Roles as Vapi names them, and as we do; a system prompt is nothing that was said."""

_KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("never_connected", ("call.start.", "call-start-error-", "call.ringing.error", "call.ringing.sip-inbound-caller")),
    ("never_connected", ("twilio-failed-to-connect", "vonage-failed-to-connect", "vonage-rejected")),
    (
        "never_connected",
        (
            "phone-call-provider-bypass",
            "twilio-reported-customer-misdialed",
            "customer-did-not-give-microphone",
            "assistant-join-",
        ),
    ),
    ("no_assistant", ("assistant-request-failed", "assistant-request-returned", "assistant-not-")),
    ("completed", ("customer-ended-call", "assistant-ended-call", "assistant-forwarded-call", "assistant-said-end")),
    (
        "completed",
        ("call.in-progress.twilio-completed", "call.in-progress.sip-completed", "vonage-completed", "hangup"),
    ),
    ("completed", ("call.ringing.hook-executed", "call.ending.hook-executed")),
    ("no_answer", ("customer-did-not-answer",)),
    ("busy", ("customer-busy",)),
    ("voicemail", ("voicemail",)),
    ("silence", ("silence-timed-out",)),
    ("too_long", ("exceeded-max-duration",)),
    ("cancelled", ("manually-canceled", "scheduled-call-deleted", "call-deleted")),
    (
        "not_transferred",
        ("call.forwarding.", "call.in-progress.error-transfer", "call.in-progress.error-warm-transfer"),
    ),
    ("provider_failed", ("pipeline-error", "call.in-progress.error-", "worker-shutdown", "vonage-disconnected")),
    ("provider_failed", ("phone-call-provider-closed-websocket",)),
)
"""Beginnings of reasons. There were 627 reasons in August 2026, and there may be others tomorrow."""
KINDS = frozenset(kind for kind, _ in _KINDS) | {"other"}


@dataclass(frozen=True, slots=True)
class Turn:
    """Something that was said or done in a call, `at` so many seconds from its start; roles are the values of `ROLES`.

    Of a tool call, `name` is the tool and `said` what was asked of it.
    """

    role: str
    said: str = field(repr=False)
    at: float | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A call after its end. Card numbers are masked; what was cut off is marked."""

    ended_reason: str | None
    transcript: str | None = field(repr=False)
    summary: str | None = field(repr=False)
    recording_url: str | None = field(repr=False)
    messages: tuple[Turn, ...] = field(repr=False)
    cost_usd: Decimal | None
    started_at: datetime | None
    ended_at: datetime | None


def ended_kind(reason: str | None) -> str:
    """Return what kind of end a reason is: one of `KINDS`."""
    said = reason or ""
    for kind, beginnings in _KINDS:
        if said.startswith(beginnings):
            return kind
    return "provider_failed" if "vapifault" in said or "providerfault" in said else "other"


def read_report(source: object, call: object) -> Report:
    """Return the report in a message, or in a call that was fetched; `call` has what the message itself lacks."""
    artifact = mapping(source, "artifact")
    sources = (source, call)
    said = items(artifact, "messages") or items(source, "messages")
    recording = (
        *((artifact, "recordingUrl"), (source, "recordingUrl"), (artifact, "recording", "mono", "combinedUrl")),
        *((artifact, "recording", "stereoUrl"), (artifact, "stereoRecordingUrl"), (source, "stereoRecordingUrl")),
    )
    return Report(
        ended_reason=_first(identifier, *((each, "endedReason") for each in sources)),
        transcript=_first(_words(LONGEST_TRANSCRIPT), (artifact, "transcript"), (source, "transcript")),
        summary=_first(_words(LONGEST_SUMMARY), (source, "analysis", "summary"), (source, "summary")),
        recording_url=_first(address, *recording),
        messages=tuple(_shortened(_turns(said))),
        cost_usd=_first(cost, *((each, "cost") for each in sources)),
        started_at=_first(instant, *((each, "startedAt") for each in sources)),
        ended_at=_first(instant, *((each, "endedAt") for each in sources)),
    )


def _first(read: Callable[[object], T | None], *places: tuple[object, *tuple[str, ...]]) -> T | None:
    """Return what is found at the first of several places that has something."""
    found = (read(within(source, *path)) for source, *path in places)
    return next((each for each in found if each is not None and each != ""), None)


def _words(longest: int) -> Callable[[object], str | None]:
    def read(value: object) -> str | None:
        return text(without_cards(value[: longest + MARGIN]), longest) if isinstance(value, str) else None

    return read


def _turns(said: list[object]) -> Iterator[Turn]:
    for each in said[:MOST_TURNS]:
        role = ROLES.get(str(within(each, "role")))
        if role is None:
            continue
        at = number(within(each, "secondsFromStart"))
        if role == "tool_call":
            yield from _tool_calls(each, at)
        else:
            spoken = _first(_words(LONGEST_TURN), (each, "message"), (each, "result"), (each, "content"))
            yield Turn(role, spoken or "", at, identifier(within(each, "name")))


def _shortened(turns: Iterable[Turn]) -> Iterator[Turn]:
    """Yield turns until as much was said as a transcript may hold: looking for cards in all takes its time."""
    left = LONGEST_TRANSCRIPT
    for turn in turns:
        yield turn
        left -= len(turn.said)
        if left <= 0:
            return


def _asked(arguments: object) -> str | None:
    """Return arguments as JSON; that is how they come in reports, but nothing promises it."""
    if isinstance(arguments, dict):
        arguments = orjson.dumps(_ARGUMENTS.members(arguments)).decode()
    return _words(LONGEST_TURN)(arguments)


def _tool_calls(turn: object, at: float | None) -> Iterator[Turn]:
    for call in items(turn, "toolCalls")[:64]:
        asked = _first(_asked, (call, "function", "arguments"), (call, "arguments"))
        name = identifier(within(call, "function", "name")) or identifier(within(call, "name"))
        yield Turn("tool_call", asked or "", at, name)
