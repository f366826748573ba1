"""Tool calls: five shapes in, one answer out.

The shapes were seen in traffic or stand in Vapi's documentation: `toolCallList` or `toolCalls` with an object as
`function.arguments`, or JSON in a string; `{id, name, arguments}`; `{id, name, parameters}`; and `functionCall` of old.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import orjson

from app.integrations.vapi.errors import Unreadable
from app.integrations.vapi.payloads.cleaning import Cleaner, identifier
from app.integrations.vapi.payloads.decoding import decode, items, mapping, within

MOST_READ, MOST_ANSWERED = 64, 256
"""Tool calls of one message: so many are read, and so many have an answer of their own."""
LONGEST_ARGUMENTS = 20_000
LONGEST_RESULT = 4_000

PROBLEMS: Mapping[str, str] = {
    "not_an_object": "the tool call is not an object",
    "no_name": "the tool call names no tool",
    "arguments_not_json": "the arguments are not JSON",
    "arguments_not_an_object": "the arguments are not an object",
    "arguments_too_large": "the arguments are too large",
    "too_many_tool_calls": "too many tool calls in one message",
}
"""What can be wrong with one tool call; the others of its message are answered all the same."""

_ARGUMENTS = Cleaner(longest=4_000, most=100, deepest=6)
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""OpenAI's rule for names of functions, to which Vapi holds tools."""
_PLACES = (("function", "arguments"), ("function", "parameters"), ("arguments",), ("parameters",))


@dataclass(frozen=True, slots=True)
class ToolCall:
    """What the model wants done; `id` is empty where none came, as in the oldest shape.

    `arguments` is None where there is a `problem`, one of `PROBLEMS`.
    """

    id: str
    name: str
    arguments: dict[str, object] | None = field(default=None, repr=False)
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What the model hears of one call: a result, or an error that says what to do next."""

    call: ToolCall
    said: str = field(repr=False)
    failed: bool = False


def read_tool_calls(message: object) -> tuple[ToolCall, ...]:
    """Return the tool calls of a message, in its order.

    Raises:
        Unreadable: there are more than can be answered one by one.
    """
    found = items(message, "toolCallList") or items(message, "toolCalls") or _with_tools(message) or _legacy(message)
    if len(found) > MOST_ANSWERED:
        raise Unreadable("too_many_tool_calls")
    return tuple(_read(each, place) for place, each in enumerate(found))


def tool_results(results: Iterable[ToolResult]) -> dict[str, list[dict[str, str]]]:
    """Return the answer: one result for each call, in their order, each a text of one line.

    Vapi ignores objects, and texts with line breaks; the status must be 200 (troubleshooting page of its custom tools).
    """
    return {"results": [_result(each) for each in results]}


def _result(result: ToolResult) -> dict[str, str]:
    said = " ".join(result.said.replace("\x00", "").split())[:LONGEST_RESULT] or "Done."
    kind = "error" if result.failed else "result"
    return {"name": result.call.name, "toolCallId": result.call.id, kind: said}


def _with_tools(message: object) -> list[object]:
    """Return the calls that are wrapped in their tools, each with its tool's name where it has none of its own."""
    found: list[object] = []
    for each in items(message, "toolWithToolCallList")[: MOST_ANSWERED + 1]:
        call = mapping(each, "toolCall")
        name = within(each, "name") or within(each, "function", "name")
        found.append({"name": name, **call} if call else each)
    return found


def _legacy(message: object) -> list[object]:
    call = within(message, "functionCall")
    return [] if call is None else [call]


def _read(item: object, place: int) -> ToolCall:
    if not isinstance(item, dict):
        return ToolCall("", "", problem="not_an_object")
    number = identifier(item.get("id")) or identifier(item.get("toolCallId")) or ""
    name = _name(within(item, "function", "name")) or _name(item.get("name")) or ""
    if place >= MOST_READ:
        return ToolCall(number, name, problem="too_many_tool_calls")
    if not name:
        return ToolCall(number, name, problem="no_name")
    arguments, problem = _arguments(item)
    return ToolCall(number, name, arguments, problem)


def _name(value: object) -> str | None:
    return value if isinstance(value, str) and _NAME.fullmatch(value) else None


def _arguments(item: object) -> tuple[dict[str, object] | None, str | None]:
    said = next((found for path in _PLACES if (found := within(item, *path)) is not None), None)
    if isinstance(said, str):
        if len(said) > LONGEST_ARGUMENTS:
            return None, "arguments_too_large"
        try:
            said = decode(said.encode("utf-8", "replace")) if said.strip() else None
        except Unreadable:
            return None, "arguments_not_json"
    if said is None:
        return {}, None
    if not isinstance(said, dict):
        return None, "arguments_not_an_object"
    arguments = _ARGUMENTS.members(said)
    if len(orjson.dumps(arguments)) > LONGEST_ARGUMENTS:
        return None, "arguments_too_large"
    return arguments, None
