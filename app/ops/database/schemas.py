"""Connections on the wire: the documented members, and what they rest on. Times in milliseconds, shares in percent."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.clock import Instant
from app.core.schemas import Text, Wire
from app.ops.schemas import Report

Reason = Annotated[Text, Field(min_length=3, max_length=500, examples=["stuck since the deploy"])]
"""Why an operator does something; it stands in the audit log, so it names nobody."""


class PoolReport(Wire):
    """The users' pool of one process: connections, who waits for one, and how long one waits."""

    scope: Literal["instance"] = "instance"
    active: int
    max: int
    utilization: float
    idle: int
    overflow: int
    waiting: int
    wait_p95_ms: float | None
    timeouts5m: int = Field(alias="timeouts5m")
    size: int
    max_overflow: int


class StateCount(Wire):
    """How many sessions are in a state."""

    state: str
    count: int


class SourceCount(Wire):
    """How many sessions an application has."""

    application_name: str
    client_addr: str | None
    user: str | None
    count: int


class Reserved(Wire):
    """Connections that the server keeps back."""

    superuser: int
    other: int


class BudgetReport(Wire):
    """The worst case of connections: every pool full while a deploy goes on."""

    instances: int
    processes: int
    per_process: int
    deploy_overlap_factor: int
    worker: int
    backup: int
    cron: int
    admin: int
    required: int
    limit: int
    fits: bool


class SessionReport(Wire):
    """One session; `backendStart` is what an order to end it has to name."""

    pid: int
    backend_start: Instant
    state: str | None
    duration_ms: float | None
    transaction_ms: float | None
    wait_event: str | None
    query_preview: str | None
    application_name: str
    user: str | None
    blocked_by: list[int]


class BlockerReport(Wire):
    """A session that others wait for, and those in turn."""

    pid: int
    blocks: list["BlockerReport"]


class AdviceReport(Wire):
    """One thing to do."""

    code: str
    text: str
    next: str


class ConnectionLimit(Report):
    """The answer of `GET /api/database/connection-limit`: asked of the server now, never remembered."""

    success: Literal[True] = True
    max_connections: int
    current_connections: int
    connections_by_state: list[StateCount]
    utilization: str
    utilization_percent: float
    reserved: Reserved
    available: int
    by_source: list[SourceCount]
    pool: PoolReport
    budget: BudgetReport
    long_running: list[SessionReport]
    idle_in_transaction: list[SessionReport]
    blocking: list[BlockerReport]
    threshold_percent: float
    alert: bool
    recommendations: list[AdviceReport]


class EndingIn(Wire):
    """An order to end what a session does, or the session."""

    backend_start: Instant
    reason: Reason


class Ended(Report):
    """What became of it: `signalled` is false where the session ended by itself in the meantime."""

    success: Literal[True] = True
    act: Literal["cancel", "terminate"]
    pid: int
    signalled: bool
    application_name: str


class ResetIn(Wire):
    """An order to replace the pools."""

    reason: Reason


class ResetDone(Report):
    """What became of it: `pool` is this process' new one; every other process follows within 5 s."""

    success: Literal[True] = True
    control_id: str
    pool: PoolReport
