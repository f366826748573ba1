"""About how much memory a value takes."""

import sys
from typing import Any

MOST_OBJECTS = 20_000


def estimate(value: Any) -> int:
    """Return about how many bytes a value takes with all that it holds; enormous ones are not looked through."""
    seen: set[int] = set()
    todo, size = [value], 0
    while todo and len(seen) < MOST_OBJECTS:
        each = todo.pop()
        if id(each) in seen or isinstance(each, type):
            continue
        seen.add(id(each))
        size += sys.getsizeof(each)
        todo.extend(_held(each))
    return size


def _held(value: Any) -> list[Any]:
    if isinstance(value, str | bytes | int | float):
        return []
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    if isinstance(value, tuple | list | set | frozenset):
        return list(value)
    return [
        *getattr(value, "__dict__", {}).values(),
        *(getattr(value, name, None) for name in getattr(type(value), "__slots__", ())),
    ]
