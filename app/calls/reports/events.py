"""What is to be done after a call, as those who do it hear of it."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ReportMissing:
    """The report of a call did not come; it is asked for."""

    client_id: UUID
    call_id: UUID


@dataclass(frozen=True, slots=True)
class CallForgotten:
    """The words of a call are forgotten here; what Vapi keeps of it is to be deleted there, its recording above all."""

    client_id: UUID
    call_id: UUID
