"""One pass over a stored dump, for all levels that are wanted. Blocking; runs in threads."""

import threading
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from app.core.errors import AppError
from app.core.progress import Progress
from app.integrations.storage.api import Stored
from app.integrations.storage.errors import ObjectMissing, StoreUnreachable
from app.ops.backups.errors import (
    ArtefactDamaged,
    ArtefactEmpty,
    ArtefactMissing,
    ArtefactSwapped,
    ArtefactTruncated,
    ArtefactUnreadable,
    KeyMissing,
    ManifestDamaged,
    ManifestEdited,
    ManifestSealedElsewhere,
    TablesMissing,
    VerificationStopped,
    WrongKey,
)
from app.ops.backups.rules.evidence import Kept
from app.ops.backups.rules.manifests import Artefact, Manifest
from app.ops.backups.rules.names import complete_dumps
from app.ops.backups.rules.verifying import missing_tables, unusual
from app.ops.backups.service.archives import Archive, archives
from app.ops.backups.service.context import BackupContext
from app.ops.backups.service.evidence import Reader
from app.ops.backups.service.streaming import Tally, decrypt

SHOWN = 5
"""How many missing tables are named."""
WRONG_MANIFESTS = {each.code: each for each in (ManifestDamaged, ManifestEdited)}


@dataclass(frozen=True, slots=True)
class Finding:
    """The highest level that was passed; with a failure, the lowest that was not."""

    level: int
    failure: AppError | None = None
    size_unusual: bool = False


@dataclass(slots=True)
class Examination:
    """Looks at one backup: level 0 (there, of its size), 1 (digest), 2 (contents), 3 (readable to its end)."""

    context: BackupContext
    kept: Kept
    report: Progress
    now: datetime
    stop: threading.Event = field(default_factory=threading.Event)
    """Once it is set, reading ends."""

    def examine(self, level: int) -> Finding:
        """Return how far it comes, up to a level; what only this machine cannot do is raised, see `verify`."""
        if self.kept.manifest is None:
            if self.kept.problem == ManifestSealedElsewhere.code:
                raise ManifestSealedElsewhere
            return Finding(0, WRONG_MANIFESTS.get(self.kept.problem or "", ManifestDamaged)())
        artefact, listed = self.kept.manifest.artefact, self.context.store.list()
        if failure := self._of_wrong_size(artefact, listed.get(artefact.key)):
            return Finding(0, failure)
        others = [listed[key].size for key in complete_dumps(listed) if key != artefact.key]
        found = Finding(0, size_unusual=unusual(artefact.bytes, others))
        if level == 0:
            return found
        try:
            read = self._digest(artefact) if level == 1 else self._contents(self.kept.manifest, level)
        except ObjectMissing:
            return Finding(0, ArtefactMissing())
        return replace(read, size_unusual=found.size_unusual)

    def _of_wrong_size(self, artefact: Artefact, stored: Stored | None) -> AppError | None:
        if stored is None:
            return ArtefactMissing()
        if stored.size == artefact.bytes:
            return None
        if stored.size == 0:
            return ArtefactEmpty()
        others = [other for other in self._others() if other.artefact.bytes == stored.size]
        return (
            _swapped(others, self._read(artefact.key, stored.size).sha256) if others else None
        ) or ArtefactTruncated(
            f"The dump of this backup has {stored.size} bytes; it was written with {artefact.bytes}."
        )

    def _others(self) -> list[Manifest]:
        backups = Reader(self.context.store, self.context.seal).look(now=self.now).backups
        return [each.manifest for each in backups if each.manifest and each.id != self.kept.id]

    def _digest(self, artefact: Artefact) -> Finding:
        return self._as_written(artefact, self._read(artefact.key, artefact.bytes)) or Finding(1)

    def _read(self, key: str, total: int) -> Tally:
        stored = Tally()
        for piece in self._pieces(key, total):
            stored.add(piece)
        return stored

    def _as_written(self, artefact: Artefact, stored: Tally) -> Finding | None:
        """Return nothing when what was read is what was written; a reading cut short tells nothing of it."""
        if stored.bytes != artefact.bytes:
            raise StoreUnreachable(f"The store gave {stored.bytes} of {artefact.bytes} bytes: verify once more.")
        if stored.sha256 == artefact.sha256:
            return None
        return Finding(1, _swapped(self._others(), stored.sha256) or ArtefactDamaged())

    def _contents(self, manifest: Manifest, level: int) -> Finding:
        artefact, stored, plain = manifest.artefact, Tally(), Tally()
        identities = self._identities(artefact)
        undecrypted: AppError | None = None
        with archives(artefact.tool_version, self.context.settings.postgres_programs, level) as readers:

            def give(piece: bytes) -> None:
                for reader in readers:
                    reader.give(piece)

            with closing(self._pieces(artefact.key, artefact.bytes)) as pieces:
                try:
                    decrypt(pieces, identities, give, stored=stored, plain=plain)
                except (WrongKey, ArtefactDamaged) as failure:
                    undecrypted = failure
            if finding := self._as_written(artefact, stored):
                return finding
            if isinstance(undecrypted, WrongKey):  # as written, so it is the key that is another one
                raise undecrypted
            if undecrypted or plain.sha256 != artefact.plain_sha256:
                return Finding(2, undecrypted or ArtefactDamaged())
            return _readable(manifest, readers)

    def _identities(self, artefact: Artefact) -> list[Any] | None:
        if not artefact.encrypted:
            return None
        if identities := self.context.identities():
            return identities
        raise KeyMissing

    def _pieces(self, key: str, total: int) -> Generator[bytes, None, None]:
        done = 0
        for piece in self.context.store.get(key):
            if self.stop.is_set():
                raise VerificationStopped
            done += len(piece)
            self.report("verifying", done, total)
            yield piece


def _readable(manifest: Manifest, readers: list[Archive]) -> Finding:
    """Return what those who listed and read the contents say at their end."""
    content, listed = readers[0].ended()
    if not content:
        return Finding(2, ArtefactUnreadable())
    if missing := missing_tables(listed, manifest.tables):
        more = f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
        return Finding(2, TablesMissing(f"The dump of this backup lacks {', '.join(missing[:SHOWN])}{more}."))
    for reader in readers[1:]:
        if not reader.ended()[0]:
            return Finding(3, ArtefactUnreadable())
    return Finding(1 + len(readers))


def _swapped(others: list[Manifest], digest: str) -> AppError | None:
    for other in others:
        if other.artefact.sha256 == digest:
            return ArtefactSwapped(f"The dump in the place of this backup is that of backup {other.id}.")
    return None
