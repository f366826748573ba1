"""The pause of outbound messages on the wire."""

from pydantic import Field

from app.core.clock import Instant
from app.core.schemas import Wire
from app.ops.schemas import Reason, Report


class OutboundOrder(Wire):
    """Why it is paused, or resumed."""

    reason: Reason


class OutboundResumption(OutboundOrder):
    """Why it is resumed; in a restored database, until when the earlier one sent what was due."""

    sent_until: Instant | None = None
    """What was due up to then is withdrawn and not sent again."""


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
    withdrawn: int | None = Field(default=None, ge=0)
    """Messages and calls that a resumption withdrew, for they had been sent."""


class OutboundReport(Report, Outbound):
    """The answer of every route of this room."""
