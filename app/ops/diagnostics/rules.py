"""Samples of a stack, put together. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

MOST_LINES = 2_000

Stack = tuple[str, ...]
"""Names of functions, the outermost first."""

AT_REST = ("asyncio/runners.py", "asyncio/base_events.py", "selectors.py", "uvicorn/server.py", "uvicorn/_compat.py")
"""Files whose functions, innermost, mean that the event loop waits for something to happen."""


@dataclass(slots=True)
class Node:
    """A function as called by those above it, and in how many samples it was."""

    name: str
    samples: int = 0
    children: dict[str, "Node"] = field(default_factory=dict)

    def add(self, stack: Iterable[str], samples: int) -> None:
        """Count samples of a stack below this node."""
        node = self
        node.samples += samples
        for name in stack:
            node = node.children.setdefault(name, Node(name))
            node.samples += samples


def tree_of(stacks: Mapping[Stack, int]) -> Node:
    """Return the tree of all samples, its root named `all`."""
    root = Node("all")
    for stack, samples in stacks.items():
        root.add(stack, samples)
    return root


def collapsed(stacks: Mapping[Stack, int]) -> list[str]:
    """Return a line a stack, the most frequent first: functions parted by `;`, then the count, as flame graphs want."""
    ordered = sorted(stacks.items(), key=lambda item: (-item[1], item[0]))
    return [f"{';'.join(stack)} {samples}" for stack, samples in ordered[:MOST_LINES]]


def at_rest(stacks: Mapping[Stack, int]) -> int:
    """Return how many samples found the event loop waiting."""
    return sum(samples for stack, samples in stacks.items() if not stack or any(file in stack[-1] for file in AT_REST))


def short(path: str) -> str:
    """Return a file's path from its package on: where it is installed is nobody's business."""
    for mark in ("/site-packages/", "/app/"):
        _, found, rest = path.rpartition(mark)
        if found:
            return f"app/{rest}" if mark == "/app/" else rest
    return "/".join(path.split("/")[-2:])
