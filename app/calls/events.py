"""What happened to a call, as others hear of it: ids only."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class CallReported:
    """The report of a call came, once or again: what was said in it, and what it cost, is known."""

    client_id: UUID
    call_id: UUID


@dataclass(frozen=True, slots=True)
class ReportGivenUp:
    """There will be no report of a call."""

    client_id: UUID
    call_id: UUID
