"""A message of Vapi's, of any type."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.integrations.vapi.errors import Unreadable
from app.integrations.vapi.payloads.calls import read_metadata
from app.integrations.vapi.payloads.cleaning import identifier, instant, phone
from app.integrations.vapi.payloads.decoding import decode, mapping, within
from app.integrations.vapi.payloads.reports import Report, read_report
from app.integrations.vapi.payloads.tools import ToolCall, read_tool_calls

LARGEST_BYTES = 20_000_000
"""As much as the largest setting of APP_MAX_WEBHOOK_BYTES lets through."""
WITH_TOOL_CALLS = ("tool-calls", "function-call")


@dataclass(frozen=True, slots=True)
class Message:
    """What every message says, as far as it says it; unknown types are messages like any other.

    `caller_number` is the other party's, also where we called, and None where it is hidden. `status` is the message's
    own: the one within `call` is an old snapshot. `content` is all of it as it came; only `redacted(content)` may be
    kept.
    """

    type: str
    content: Mapping[str, object] = field(repr=False)
    at: datetime | None = None
    call_id: str | None = None
    call_type: str | None = None
    assistant_id: str | None = None
    phone_number_id: str | None = None
    called_number: str | None = None
    caller_number: str | None = field(default=None, repr=False)
    metadata: Mapping[str, object] = field(default_factory=dict, repr=False)
    tool_calls: tuple[ToolCall, ...] = ()
    status: str | None = None
    ended_reason: str | None = None
    report: Report | None = None


def read_message(body: bytes) -> Message:
    """Return the message in the body of a webhook.

    Raises:
        Unreadable: it is no message; nothing else is ever raised, whatever the bytes.
    """
    if len(body) > LARGEST_BYTES:
        raise Unreadable("too_large")
    message = within(decode(body), "message")
    if not isinstance(message, dict):
        raise Unreadable("not_an_object")
    kind = identifier(message.get("type"))
    if kind is None:
        raise Unreadable("no_type")
    call = mapping(message, "call")
    number = mapping(message, "phoneNumber")
    customers = (within(message, "customer", "number"), within(call, "customer", "number"))
    return Message(
        type=kind,
        content=message,
        at=instant(message.get("timestamp")),
        call_id=identifier(call.get("id")),
        call_type=identifier(call.get("type")),
        assistant_id=identifier(call.get("assistantId")) or identifier(within(message, "assistant", "id")),
        phone_number_id=identifier(number.get("id")) or identifier(call.get("phoneNumberId")),
        called_number=phone(number.get("number")) or phone(within(call, "phoneNumber", "number")),
        caller_number=next((found for each in customers if (found := phone(each))), None),
        metadata=read_metadata(call),
        tool_calls=read_tool_calls(message) if kind in WITH_TOOL_CALLS else (),
        status=identifier(message.get("status")),
        ended_reason=identifier(message.get("endedReason")),
        report=read_report(message, call) if kind == "end-of-call-report" else None,
    )
