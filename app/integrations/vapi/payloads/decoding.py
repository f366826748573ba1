"""JSON from a stranger, and the way to a value within it."""

import json
from collections.abc import Mapping

import orjson

from app.integrations.vapi.errors import Unreadable

NOTHING: Mapping[str, object] = {}


def decode(content: bytes) -> object:
    """Return what JSON says; half a surrogate pair or half a character, as cut streams have them, is no fault.

    Raises:
        Unreadable: it is not JSON, or nested too deeply to be read.
    """
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(content.decode("utf-8-sig", "replace"))
    except RecursionError:
        raise Unreadable("too_deep") from None
    except ValueError:
        raise Unreadable("not_json") from None


def within(value: object, *path: str) -> object:
    """Return what lies at a path of keys, or None where the path ends early."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def mapping(value: object, *path: str) -> Mapping[str, object]:
    """Return the object at a path, or an empty one."""
    found = within(value, *path)
    return found if isinstance(found, dict) else NOTHING


def items(value: object, *path: str) -> list[object]:
    """Return the list at a path, or an empty one."""
    found = within(value, *path)
    return found if isinstance(found, list) else []
