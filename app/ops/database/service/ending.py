"""End what a session does, or the session itself, at an operator's order."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.service import record
from app.core.auth import Principal
from app.core.errors import AppError
from app.ops.database.errors import (
    ConnectionNotFound,
    ConnectionReplaced,
    ForeignConnection,
    OwnConnection,
    ServerProcess,
)
from app.ops.database.rules.ending import Target, Verdict, judge

Act = Literal["cancel", "terminate"]

_FIND = text("""
SELECT coalesce(application_name, '') AS application_name, backend_type, backend_start,
       coalesce(datname = current_database() AND usename = current_user, false) AS ours
FROM pg_stat_activity WHERE pid = :pid
""")

# Both conditions once more in the statement that acts: between two statements a pid can become another's.
_ACTS = {
    act: text(f"""
SELECT {function}(pid) FROM pg_stat_activity
WHERE pid = :pid AND backend_start = :backend_start AND pid <> pg_backend_pid()
""")  # noqa: S608 - made of constants
    for act, function in (("cancel", "pg_cancel_backend"), ("terminate", "pg_terminate_backend"))
}

_REFUSALS: dict[Verdict, type[AppError]] = {
    Verdict.replaced: ConnectionReplaced,
    Verdict.own: OwnConnection,
    Verdict.foreign: ForeignConnection,
    Verdict.server: ServerProcess,
}


@dataclass(frozen=True, slots=True)
class Order:
    """Which session to end, as it was seen, and why."""

    act: Act
    pid: int
    backend_start: datetime
    reason: str


async def end(session: AsyncSession, principal: Principal, order: Order, *, now: datetime) -> tuple[bool, str]:
    """Cancel a session's statement or terminate the session; return whether it was still there, and its application.

    Raises:
        ConnectionNotFound: no session has the pid.
        ConnectionReplaced: another has it by now.
        OwnConnection, ForeignConnection, ServerProcess: it is not one to be ended here.
    """
    found = (await session.execute(_FIND, {"pid": order.pid})).one_or_none()
    if found is None:
        raise ConnectionNotFound
    verdict = judge(Target(*found), backend_start=order.backend_start)
    if verdict is not Verdict.allowed:
        raise _REFUSALS[verdict]
    values = {"pid": order.pid, "backend_start": order.backend_start}
    signalled = bool(await session.scalar(_ACTS[order.act], values))
    await record(
        session,
        client_id=None,
        actor=principal.name,
        action="statement_cancelled" if order.act == "cancel" else "connection_terminated",
        subject_id=None,
        now=now,
        data={"pid": order.pid, "application": found.application_name, "reason": order.reason},
    )
    return signalled, found.application_name
