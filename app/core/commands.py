"""What a command needs to act on the database: one transaction, and refusals as one plain line."""

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings, load_settings
from app.core.db import create_engine, create_sessions
from app.core.errors import AppError
from app.core.handlers import database_problem
from app.core.provision import database_for, ensure_reachable

T = TypeVar("T")

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


@contextmanager
def refusals(*, coded: bool = False) -> Iterator[None]:
    """Tell an expected failure in one line, with its code where wanted, and end the command with exit code 1."""
    try:
        yield
    except (AppError, SQLAlchemyError) as failure:
        refusal = failure if isinstance(failure, AppError) else database_problem(failure)
        if refusal is None:
            raise
        typer.echo(f"booking: {refusal.detail}{f' ({refusal.code})' if coded else ''}", err=True)
        raise typer.Exit(1) from None


def instant(words: str, option: str) -> datetime:
    """Return the instant, in UTC, that an option names with its offset.

    Raises:
        typer.BadParameter: it names none.
    """
    try:
        named = datetime.fromisoformat(words.strip())
        if named.tzinfo is not None:
            return named.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise typer.BadParameter("an instant with its offset, such as 2026-11-23T10:15:00Z", param_hint=option)


def run_politely(work: Callable[[], Awaitable[T]]) -> T:
    """Run long work and return what it returns; who is asked to end clears up first, and ends as that signal ends one.

    Raises:
        typer.Exit: SIGTERM came.
    """

    async def cancellable() -> T:
        task = asyncio.current_task()
        assert task is not None
        if threading.current_thread() is threading.main_thread():  # no other may handle signals
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await work()

    try:
        return asyncio.run(cancellable())
    except asyncio.CancelledError:
        raise typer.Exit(128 + signal.SIGTERM) from None


def in_a_transaction(act: Callable[[AsyncSession, Settings], Awaitable[T]]) -> T:
    """Run a use case in a transaction on the process' database and return what it returns.

    An expected failure is told in one line and ends the command with exit code 1.

    Raises:
        SettingsInvalid, ServerRefused, DatabaseUnreachable: there is no database to act on.
    """
    with database_for(load_settings()) as settings:
        ensure_reachable(str(settings.database_url))
        with refusals():
            return asyncio.run(_act(settings, act))


async def _act(settings: Settings, act: Callable[[AsyncSession, Settings], Awaitable[T]]) -> T:
    engine = create_engine(settings, role="command")
    try:
        async with create_sessions(engine).begin() as session:
            return await act(session, settings)
    finally:
        await engine.dispose()
