"""What a store shows of backups: what was made, and what was proven of it since."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.ops.backups.rules.manifests import Failure, Manifest, Proof


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup as the store has it. One whose manifest cannot be trusted has none, and a code that says why."""

    id: UUID
    manifest: Manifest | None
    problem: str | None
    stored_bytes: int | None
    """Of the dump; None: it is not there."""
    proofs: tuple[Proof, ...]
    """The latest last."""

    @property
    def failed(self) -> Proof | None:
        """The latest of what it failed and did not make good since, by passing that level or a higher one."""
        standing: list[Proof] = []
        for proof in self.proofs:
            standing = [each for each in standing if not proof.passed or each.level > proof.level]
            standing += [] if proof.passed else [proof]
        return standing[-1] if standing else None

    @property
    def proven_level(self) -> int | None:
        """The highest level that it passed since it failed one the last time.

        None while a failure stands, and where the listing alone shows that the dump is not what was proven.
        """
        if self.manifest is None or self.stored_bytes != self.manifest.artefact.bytes or self.failed:
            return None
        level: int | None = None
        for proof in self.proofs:
            level = max(level or 0, proof.level) if proof.passed else None
        return level


@dataclass(frozen=True, slots=True)
class Stray:
    """What lies where a backup would, without its manifest."""

    id: UUID
    written_at: datetime
    """When the last of it was."""
    counted: bool
    """Whether a proof that it passed is left: it was a backup once."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that the store showed at an instant; the latest backup last."""

    at: datetime
    location: str
    offsite: bool
    backups: tuple[Kept, ...] = ()
    failures: tuple[Failure, ...] = ()
    strays: tuple[Stray, ...] = ()
    """Without a manifest: of runs that ended before their end, or that go on; or it was lost."""

    def named(self, which: str) -> Kept | None:
        """Return the backup of an id, or with `latest` the newest, whatever it is worth; None: there is none such."""
        found = [kept for kept in self.backups if which == "latest" or str(kept.id) == which.lower()]
        return found[-1] if found else None
