"""Pictures of stores, for the pure rules: backups of an age, proofs of a level."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from app.ops.backups.rules.evidence import Evidence, Kept, Stray
from app.ops.backups.rules.known import Beat, Known, Run, Setup
from app.ops.backups.rules.manifests import Artefact, Failure, Manifest, Proof, Source

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
BYTES = 1_000
SET_UP = Setup(configured=True, scheduled=True)
UP = Beat("up", NOW, NOW)


def proof(backup_id: UUID, *, level: int, hours: float = 0.0, code: str | None = None, seconds: float = 60.0) -> Proof:
    """Return what was found so many hours ago; with a code the backup failed."""
    return Proof(
        id=uuid4(),
        backup_id=backup_id,
        level=level,
        passed=code is None,
        code=code,
        detail=None if code is None else f"It is {code}.",
        at=NOW - timedelta(hours=hours),
        duration_seconds=seconds,
        mismatches=["public.bookings"] if code == "rows_differ" else [],
        host="test",
    )


def kept(*, hours: float = 1.0, level: int | None = 4, size: int = BYTES, encrypted: bool = True) -> Kept:
    """Return a backup of so many hours ago that was proven to a level just after."""
    backup_id, at = uuid4(), NOW - timedelta(hours=hours)
    manifest = Manifest(
        id=backup_id,
        started_at=at,
        finished_at=at,
        duration_seconds=1.0,
        source=Source(
            database="booking",
            server_version="17.1",
            lsn="0/1",
            snapshot_at=at,
            migration="0013",
            commit=None,
            host="test",
        ),
        artefact=Artefact(
            key=f"{backup_id}/backup.dump.age",
            bytes=size,
            sha256="0" * 64,
            plain_bytes=size,
            plain_sha256="0" * 64,
            encrypted=encrypted,
            tool_version="17.1",
        ),
        tables={},
        structure=[],
        sequences={},
    )
    proofs = () if level is None else (proof(backup_id, level=level, hours=hours),)
    return Kept(backup_id, manifest, None, size, proofs)


def untrusted(problem: str) -> Kept:
    """Return a backup whose manifest is not to be trusted."""
    return replace(kept(), manifest=None, problem=problem)


def tried(backup: Kept, *proofs: Proof) -> Kept:
    """Return a backup of which something more was found."""
    return replace(backup, proofs=(*backup.proofs, *proofs))


def stray(*, hours: float = 1.0, counted: bool = False) -> Stray:
    """Return what was left without a manifest so many hours ago."""
    return Stray(uuid4(), NOW - timedelta(hours=hours), counted=counted)


def failure(*, hours: float, code: str = "dump_failed", kind: str = "backup") -> Failure:
    """Return what the store keeps of a run that failed so many hours ago."""
    at = NOW - timedelta(hours=hours)
    told = {"startedAt": at, "finishedAt": at, "detail": "It failed.", "host": "test"}
    return Failure.model_validate({"id": uuid4(), "kind": kind, "code": code, **told})


@dataclass(frozen=True)
class Picture:
    """What is known when all is well, save what a test says otherwise."""

    backups: tuple[Kept, ...]
    failures: tuple[Failure, ...] = ()
    strays: tuple[Stray, ...] = ()
    offsite: bool = True
    looked_hours: float = 0.0
    setup: Setup = SET_UP
    store_failure: str | None = None
    runs: tuple[Run, ...] | None = ()
    beat: Beat | None = UP

    @property
    def known(self) -> Known:
        """The same, as it is judged."""
        at = NOW - timedelta(hours=self.looked_hours)
        seen = Evidence(at, "s3://bucket", self.offsite, self.backups, self.failures, self.strays)
        return Known(self.setup, seen, self.store_failure, self.runs, self.beat)
