"""Clear away old backups, what killed runs left, old failures, and erasures that no backup needs any more."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from app.integrations.storage.api import Stored
from app.ops.backups.errors import ClockSetBack, NoSuccess
from app.ops.backups.rules import retention
from app.ops.backups.rules.evidence import Evidence
from app.ops.backups.rules.names import MANIFEST, proof_of
from app.ops.backups.service.context import BackupContext
from app.ops.backups.service.evidence import Reader


@dataclass(frozen=True, slots=True)
class Pruned:
    """What went, or would go, and what stayed."""

    kept: Mapping[UUID, tuple[str, ...]]
    """Every backup that stays, with the reasons: `daily`, `weekly`, `monthly`, `proven`, `recent`."""
    removed: tuple[UUID, ...]
    leftovers: tuple[str, ...]
    """Objects of runs that never came to their manifest."""
    failures: tuple[str, ...]
    erasures: tuple[str, ...]
    freed_bytes: int
    dry_run: bool


async def prune(context: BackupContext, *, now: datetime, dry_run: bool = False) -> Pruned:
    """Remove what no longer has to be kept: those of two days, 7 daily, 4 weekly, 12 monthly and the most proven stay.

    Nothing is removed unless the newest backup is a good one and no run has failed since. Killed at any point, it
    leaves no backup that counts and has no dump: a manifest goes before what it tells of.

    Raises:
        NoSuccess: the newest backup is not good, so no other is dispensable.
        ClockSetBack: a backup is from the future, so none is known to be old.
        StoreRefused: the store does not let us delete; what was not deleted before that is as it was.
        StoreUnreachable: it does not answer.
    """
    return await asyncio.to_thread(_prune, context, now, dry_run)


def _prune(context: BackupContext, now: datetime, dry_run: bool) -> Pruned:
    listed = context.store.list()
    evidence = Reader(context.store, context.seal).look(now=now)
    pruned = _planned(listed, evidence, now, dry_run=dry_run)
    if not dry_run:
        for key in _in_order(listed, pruned):
            context.store.delete(key)
        context.store.sweep(now - retention.STRAY)
    return pruned


def _planned(listed: dict[str, Stored], evidence: Evidence, now: datetime, *, dry_run: bool) -> Pruned:
    hindrance = retention.hindrance(evidence, now=now)
    if hindrance:
        raise ClockSetBack if hindrance == "clock_set_back" else NoSuccess
    plan = retention.plan(evidence.backups, now=now)
    written = {key: stored.modified_at for key, stored in listed.items()}
    pruned = Pruned(
        kept=plan.keep,
        removed=plan.remove,
        leftovers=retention.leftovers(written, evidence.backups, now=now),
        failures=retention.forgotten(written, evidence, now=now),
        erasures=retention.settled(written, (kept for kept in evidence.backups if kept.id in plan.keep)),
        freed_bytes=0,
        dry_run=dry_run,
    )
    return replace(pruned, freed_bytes=sum(listed[key].size for key in _in_order(listed, pruned)))


def _in_order(listed: Iterable[str], pruned: Pruned) -> list[str]:
    """Return the keys to delete. With its manifest a backup ends; what is left of it, if anything, is a leftover.

    A proof that it passed goes before that, for beside a dump alone it tells of a manifest that was lost; one that it
    failed goes last, lest a bad backup look good.
    """
    going = set(map(str, pruned.removed))
    keys = [key for key in listed if key.partition("/")[0] in going]
    keys.sort(key=lambda key: (key.partition("/")[0], _rank(key)))
    return [*keys, *pruned.leftovers, *pruned.failures, *pruned.erasures]


def _rank(key: str) -> int:
    if proof := proof_of(key):
        return 0 if proof.passed else 3
    return 1 if key.endswith(f"/{MANIFEST}") else 2
