"""How wishes about bookings end, counted by channel: what was done, or the code of what refused it."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.bookings.schemas import BookingOut
from app.core.errors import AppError
from app.core.tracking import Recorder

P = ParamSpec("P")
Out = TypeVar("Out", bound=BookingOut)


def counted(
    done: str | None = None,
) -> Callable[[Callable[P, Coroutine[Any, Any, Out]]], Callable[P, Coroutine[Any, Any, Out]]]:
    """Have a use case counted as `done`, or by the status that it leaves; its session comes first.

    It is counted when it has been decided: a commit that fails afterwards shows among the requests that failed.
    """

    def around(act: Callable[P, Coroutine[Any, Any, Out]]) -> Callable[P, Coroutine[Any, Any, Out]]:
        @wraps(act)
        async def acting(*args: P.args, **options: P.kwargs) -> Out:
            outcome = "failed"
            try:
                booking = await act(*args, **options)
                outcome = done or str(booking.status)
            except AppError as refusal:
                outcome = refusal.code
                raise
            finally:
                _count(args[0], options, outcome)
            return booking

        return acting

    return around


def _count(session: Any, options: Any, outcome: str) -> None:
    assert isinstance(session, AsyncSession)
    actor = options["actor"] if "actor" in options else options["change"].actor
    if isinstance(session.bind, AsyncEngine):
        recorder: Recorder | None = session.bind.sync_engine.get_execution_options().get("recorder")
        if recorder is not None:
            recorder.signals.count("bookings", actor.channel, outcome)
