"""Which backups stay: those of two days, the newest of each day, week and month that has one, and what proves most."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.ops.backups.rules import CLOCK_SECONDS
from app.ops.backups.rules.evidence import Evidence, Kept
from app.ops.backups.rules.names import erased_at, proof_of

DAILY, WEEKLY, MONTHLY = 7, 4, 12
FRESH = timedelta(days=2)
"""How long each good backup stays: the one that is made in an emergency must not take away the one from before it."""
STRAY, REMEMBERED, UNTRUSTED = timedelta(days=1), timedelta(days=35), timedelta(days=372)
"""How long is kept what a run left that was ended; a failure, or a backup that is known to be damaged; and one whose
manifest cannot be read here, which may be good all the same."""
CLOCK = timedelta(seconds=CLOCK_SECONDS)
EPOCH, FARTHEST = datetime(1970, 1, 1, tzinfo=UTC), 250_000_000_000_000
Ages = Mapping[str, datetime]
"""The keys of a store, and when each was written."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What stays and why, and what goes, the oldest first."""

    keep: Mapping[UUID, tuple[str, ...]]
    remove: tuple[UUID, ...]


def made_at(kept: Kept) -> datetime:
    """Return the instant of a backup's snapshot; without a manifest that of its id, which begins with milliseconds."""
    if kept.manifest:
        return kept.manifest.source.snapshot_at
    return EPOCH + timedelta(milliseconds=min(kept.id.int >> 80, FARTHEST))


def sound(kept: Kept) -> bool:
    """Return whether nothing is known against a backup: all of it is there, and it failed nothing since it passed."""
    return kept.manifest is not None and kept.stored_bytes == kept.manifest.artefact.bytes and kept.failed is None


def hindrance(evidence: Evidence, *, now: datetime) -> str | None:
    """Return what keeps anything from being removed: only a success makes older backups dispensable.

    `clock_set_back`: a backup is from the future, so none is known to be old. `no_success`: there is none, the newest
    one is not good, or a run has failed since.
    """
    if any(kept.manifest and made_at(kept) > now + CLOCK for kept in evidence.backups):
        return "clock_set_back"
    newest = max(evidence.backups, key=made_at, default=None)
    if newest is None or newest.manifest is None or not sound(newest):
        return "no_success"
    made, runs = newest.manifest.finished_at, [each for each in evidence.failures if each.kind == "backup"]
    # One that was stopped after its manifest was written is the newest backup itself, once another attempt proved it.
    return "no_success" if any(each.finished_at > made and each.id != newest.id for each in runs) else None


def plan(backups: Sequence[Kept], *, now: datetime) -> Plan:
    """Return which backups stay, and why: `daily`, `weekly`, `monthly`, `proven`, `recent` (its time has not come)."""
    reasons: dict[UUID, list[str]] = {}
    good = sorted((kept for kept in backups if sound(kept)), key=made_at, reverse=True)
    for reason, most, period in PERIODS:
        for kept in _newest_of_each(good, period)[:most]:
            reasons.setdefault(kept.id, []).append(reason)
    for kept in _most_proven(good):
        reasons.setdefault(kept.id, []).append("proven")
    for kept in backups:
        if kept.id not in reasons and now - made_at(kept) < _patience(kept):
            reasons[kept.id] = ["recent"]
    going = sorted((kept for kept in backups if kept.id not in reasons), key=made_at)
    return Plan({backup: tuple(why) for backup, why in reasons.items()}, tuple(kept.id for kept in going))


PERIODS: tuple[tuple[str, int, Callable[[datetime], Hashable]], ...] = (
    ("daily", DAILY, lambda at: at.date()),
    ("weekly", WEEKLY, lambda at: at.isocalendar()[:2]),
    ("monthly", MONTHLY, lambda at: (at.year, at.month)),
)


def _newest_of_each(newest_first: Iterable[Kept], period: Callable[[datetime], Hashable]) -> list[Kept]:
    """Return the newest backup of each period that has one, the newest first."""
    found: dict[Hashable, Kept] = {}
    for kept in newest_first:
        found.setdefault(period(made_at(kept).astimezone(UTC)), kept)
    return list(found.values())


def _most_proven(newest_first: Sequence[Kept]) -> Iterable[Kept]:
    """Yield the newest backup that was proven to each level, once."""
    reached = 0
    for kept in newest_first:
        if (level := kept.proven_level or 0) > reached:
            reached = level
            yield kept


def _patience(kept: Kept) -> timedelta:
    """Return how long a backup stays for its own sake. One from the future stays until its time has come."""
    if sound(kept):
        return FRESH
    return REMEMBERED if kept.manifest else UNTRUSTED


def leftovers(listed: Ages, backups: Iterable[Kept], *, now: datetime) -> tuple[str, ...]:
    """Return the objects of runs that were ended before their manifest.

    Where a proof is beside them, the manifest was there once and was lost; a person can still open the dump.
    """
    known = {str(kept.id) for kept in backups}
    proven = {str(name.backup_id) for key in listed if (name := proof_of(key))}

    def is_left(key: str, written_at: datetime) -> bool:
        owner = key.partition("/")[0]
        patience = REMEMBERED if owner in proven else STRAY
        return _is_id(owner) and owner not in known and now - written_at > patience

    return tuple(key for key, written_at in listed.items() if is_left(key, written_at))


def forgotten(listed: Ages, evidence: Evidence, *, now: datetime) -> tuple[str, ...]:
    """Return the failures that are to be forgotten: old ones, and refusals to delete, which is what now goes well."""
    over = {f"failures/{each.id}.json" for each in evidence.failures if each.kind == "prune"}
    old = (key for key, at in listed.items() if key.startswith("failures/") and now - at > REMEMBERED)
    return tuple(sorted({*old, *(over & listed.keys())}))


def settled(listed: Ages, remaining: Iterable[Kept]) -> tuple[str, ...]:
    """Return the erasures that no backup needs any more: all that stay were made after them."""
    oldest = min((made_at(kept) for kept in remaining), default=None)
    if oldest is None:
        return ()
    return tuple(key for key in listed if (at := erased_at(key)) and at < oldest - STRAY)


def _is_id(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False
