"""The pause of outbound messages on the wire."""

from pydantic import Field

from app.core.clock import Instant
from app.core.schemas import Wire
from app.ops.schemas import Reason, Report


class OutboundOrder(Wire):
    """Why it is paused, or resumed."""

    reason: Reason


class Outbound(Wire):
    """Whether messages wait; if so since when, by whom and why."""

    paused: bool
    since: Instant | None = None
    actor: str | None = None
    reason: str | None = None
    waiting: int | None = Field(default=None, ge=0)
    """Messages that came up meanwhile; null: the database does not tell."""
    released: int | None = Field(default=None, ge=0)
    """Messages that a resumption let go."""


class OutboundReport(Report, Outbound):
    """The answer of every route of this room."""
