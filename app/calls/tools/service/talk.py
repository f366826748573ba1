"""What a tool knows of the call that it is used in."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.bookings.service.opening import Change
from app.bookings.service.writing import Actor
from app.calls.tools.rules.wishes import Answer, Earlier, same_wish
from app.clients.schemas import ClientContext


@dataclass(slots=True)
class Talk:
    """One call of a tool. `phone` is the caller's by signalling; None where it is hidden.

    `let_go` are earlier answers whose wish may be had again, for what they say is no longer so.
    """

    session: AsyncSession
    client: ClientContext
    call_id: UUID
    phone: str | None
    now: datetime
    earlier: tuple[Earlier, ...] = ()
    let_go: list[UUID] = field(default_factory=list)

    @property
    def actor(self) -> Actor:
        """Who acts: the call."""
        return Actor(f"call:{self.call_id}", channel="voice")

    @property
    def change(self) -> Change:
        """A change that the caller makes."""
        return Change(self.actor)

    def repeated(self, wish: str) -> Answer | None:
        """Return what the same wish was answered with in this call, if that is still so."""
        found = same_wish(self.earlier, wish)
        if found is None:
            return None
        if found.stands(self.now):
            return self.once_more(found.answer)
        self.let_go.append(found.id)
        return None

    def afresh(self, wish: str) -> str:
        """Return a wish that may be had again: what it was answered with before is let go."""
        found = same_wish(self.earlier, wish)
        if found is not None:
            self.let_go.append(found.id)
        return wish

    def once_more(self, answer: Answer, named: str | None = None) -> Answer:
        """Return an earlier answer to give it again, for whom it is now said to be; the wish stays with the first."""
        return replace(answer, wish=None, named=named or answer.named)

    def of(self, tool: str) -> list[Earlier]:
        """Return what a tool answered about bookings earlier in this call, the newest first."""
        return [each for each in self.earlier if each.tool == tool and each.booked is not None]
