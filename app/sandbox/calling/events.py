"""What Vapi would tell the service of a call that comes in, in the shapes that were seen in practice."""

import secrets
from datetime import datetime
from typing import Any

from app.core.ids import new_id
from app.sandbox.vapi.events import about
from app.sandbox.vapi.service import wire

Thing = dict[str, Any]


def incoming(caller: str | None, phone_number_id: str | None, *, now: datetime) -> Thing:
    """Return a call that comes in; without a caller its number is hidden."""
    at = wire(now)
    return {
        "id": str(new_id()),
        "orgId": "00000000-0000-4000-8000-000000000000",
        "createdAt": at,
        "updatedAt": at,
        "type": "inboundPhoneCall",
        "status": "ringing",
        "phoneCallProvider": "twilio",
        "phoneCallProviderId": f"CA{secrets.token_hex(16)}",
        "phoneCallTransport": "pstn",
        "phoneNumberId": phone_number_id,
        "assistantId": None,
        "squadId": None,
        "customer": {"number": caller or "anonymous"},
    }


def number_of(line: Thing) -> Thing:
    """Return a number as Vapi tells of it: with the account's keys, which nobody may keep."""
    return {
        "id": line["vapiPhoneNumberId"],
        "number": line["number"],
        "provider": "twilio",
        "twilioAccountSid": "AC" + "0" * 32,
        "twilioAuthToken": "a-token-that-nobody-should-keep",
        "name": None,
        "serverUrl": None,
        "fallbackDestination": None,
    }


def assistant_request(call: Thing, number: Thing, *, now: datetime) -> Thing:
    """Return the question who takes a call."""
    return {"message": {**about(call, number, now=now), "type": "assistant-request"}}


def tool_calls(call: Thing, number: Thing, calls: list[tuple[str, str, Thing]], *, now: datetime) -> Thing:
    """Return calls of tools (id, name, arguments) in shape A: arguments are an object, and stand in two lists."""
    listed: list[Thing] = [
        {"id": key, "type": "function", "function": {"name": name, "arguments": arguments}}
        for key, name, arguments in calls
    ]
    with_tools = [
        {"type": "function", "function": {"name": name}, "toolCall": each}
        for (_, name, _), each in zip(calls, listed, strict=True)
    ]
    message = {
        **about(call, number, now=now),
        "type": "tool-calls",
        "toolCalls": listed,
        "toolCallList": listed,
        "toolWithToolCallList": with_tools,
        "artifact": {"messages": [], "messagesOpenAIFormatted": []},
    }
    return {"message": message}
