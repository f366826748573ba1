"""Wait for what Render does, for as long as is worth it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from app.integrations.render.api import Pause
from app.integrations.render.errors import RenderBusy, RenderUnreachable

T = TypeVar("T")
Tell = Callable[[str], None]
"""Is told, in one line, how it stands, whenever that changes."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How long to wait, and how: `looks` times, so many seconds apart."""

    seconds: float
    looks: int
    pause: Pause
    tell: Tell

    async def until(self, look: Callable[[], Awaitable[T]], state: Callable[[T], str], over: Callable[[T], bool]) -> T:
        """Look until it is over, or has taken too long, and return what was seen last. That Render is away is no end.

        Raises:
            RenderUnreachable: it never answered. What else looking raises.
        """
        seen: T | None = None
        told = ""
        for turn in range(self.looks):
            if turn:
                await self.pause(self.seconds)
            try:
                seen = await look()
                now = state(seen)
            except (RenderUnreachable, RenderBusy):
                now = "Render does not answer"
            if now != told:
                self.tell(now)
                told = now
            if seen is not None and over(seen):
                return seen
        if seen is None:
            raise RenderUnreachable
        return seen
