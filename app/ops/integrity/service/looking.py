"""A whole look at the data: one snapshot of the database, each check in its turn, none that changes anything."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from time import monotonic

import asyncpg

from app.core.migrations import revisions
from app.core.progress import Progress
from app.jobs.errors import failure_code
from app.ops.backups.service.snapshots import connected, migration
from app.ops.integrity.errors import ConnectionBroken, SchemaBehind, UnknownClient
from app.ops.integrity.rules.catalogue import CHECKS, INDEXES, STRUCTURE
from app.ops.integrity.rules.structure import compare
from app.ops.integrity.rules.terms import Check, Found, Outcome, State, judged
from app.ops.integrity.service import bookings, channels, claims, others, references, structure
from app.ops.integrity.service.asking import Ground, Scope, ask
from app.ops.integrity.service.expected import expected
from app.ops.integrity.service.indexes import NotAvailable, damaged

SETTINGS = {
    "application_name": "'booking-integrity'",
    # A look that nobody waits for any more ends by itself.
    "client_connection_check_interval": "'5s'",
    # Tables are joined whole. Without statistics, as after a restoration, nested loops would take hours.
    "enable_nestloop": "off",
    "jit": "off",
    "work_mem": "'64MB'",
}

QUESTIONS = {**claims.QUESTIONS, **bookings.QUESTIONS, **channels.QUESTIONS, **others.QUESTIONS}
CLIENT = "SELECT id FROM clients WHERE client_key = $1"

Look = Callable[[Ground], Awaitable[Found]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants looked at. Quickly: without what the database vouches for, and without indexes' contents."""

    client_key: str | None = None
    since: datetime | None = None
    quick: bool = False


async def look(database_url: str, asked: Asked, report: Progress, *, now: datetime) -> list[Outcome]:
    """Return what each check came to, in the order in which they are told.

    Raises:
        UnknownClient: there is no such client.
        SchemaBehind: the database lacks migrations of this version.
        DatabaseUnavailable, ConnectionBroken: it does not answer, or no longer.
    """
    try:
        async with connected(database_url) as connection:
            for name, value in SETTINGS.items():
                await connection.execute(f"SET {name} = {value}")
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                outcomes = await look_within(connection, asked, report, now=now)
            [check] = INDEXES
            outcomes.append(await _of_indexes(connection, check, asked, report))
            return outcomes
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as failure:
        raise ConnectionBroken from failure


async def look_within(
    connection: "asyncpg.Connection", asked: Asked, report: Progress, *, now: datetime
) -> list[Outcome]:
    """Return what each check came to but that of the indexes' contents, in a transaction that sees one snapshot.

    Raises:
        UnknownClient: there is no such client.
        SchemaBehind: the database lacks migrations of this version.
    """
    if (await migration(connection) or "") < revisions()[-1]:
        raise SchemaBehind
    scope = Scope(now=now, since=asked.since, quick=asked.quick)
    if asked.client_key is not None:
        client_id = await connection.fetchval(CLIENT, asked.client_key)
        if client_id is None:
            raise UnknownClient
        scope = replace(scope, client_id=client_id)
    began = monotonic()
    known = await structure.columns(connection)
    ground = Ground(connection, scope, expected(), await structure.present(connection), known)
    found = compare(ground.expected, ground.present)
    outcomes = [judged(check, found[check.name], monotonic() - began) for check in STRUCTURE]
    looks = _looks()
    for done, (name, each) in enumerate(looks.items()):
        report("checking", done, len(looks))
        outcomes.append(await _of(ground, CHECKS[name], each))
    report("checking", len(looks), len(looks))
    return outcomes


def _looks() -> dict[str, Look]:
    """Return how each check of rows is made, by its name."""
    questions: dict[str, Look] = {name: partial(ask, question=question) for name, question in QUESTIONS.items()}
    looks = {"orphans": references.orphans, "values_forbidden": references.forbidden, **questions}
    return {name: looks[name] for name in CHECKS if name in looks}


async def _of(ground: Ground, check: Check, look: Look) -> Outcome:
    """Return what one check came to; one that fails takes nothing of the others with it."""
    if ground.scope.client_id is not None and check.name in others.OF_NO_CLIENT:
        return Outcome(check, State.left_out, reason="of_no_client")
    began = monotonic()
    try:
        async with ground.connection.transaction():
            found = await look(ground)
    except asyncpg.PostgresError as failure:
        if ground.connection.is_closed():
            raise
        return Outcome(check, State.failed, monotonic() - began, reason=failure_code(failure))
    return judged(check, found, monotonic() - began)


async def _of_indexes(connection: "asyncpg.Connection", check: Check, asked: Asked, report: Progress) -> Outcome:
    if asked.quick or asked.client_key is not None:
        return Outcome(check, State.left_out, reason="quick" if asked.quick else "of_no_client")
    began = monotonic()
    try:
        found = await damaged(connection, report)
    except NotAvailable as refusal:
        return Outcome(
            check, State.not_available, monotonic() - began, reason=failure_code(refusal.__cause__ or refusal)
        )
    return judged(check, found, monotonic() - began)
