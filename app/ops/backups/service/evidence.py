"""What the store can show: read by listing it, then what of it was not read before. Blocking."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.integrations.storage.api import Store, Stored
from app.integrations.storage.errors import ObjectMissing
from app.ops.backups.errors import ManifestDamaged, ManifestEdited, ManifestSealedElsewhere
from app.ops.backups.rules.evidence import Evidence, Kept, Stray
from app.ops.backups.rules.manifests import Document, Failure, Manifest, Proof
from app.ops.backups.rules.names import (
    MANIFEST,
    backup_of_manifest,
    failure_key,
    is_dump,
    manifest_key,
    owner,
    proof_key,
    proof_of,
)
from app.ops.backups.service.sealing import Seal

__all__ = ["Evidence", "Kept", "Reader"]

LARGEST_BYTES = 4 << 20
"""Of a document, which is 10,000 tables and more: whoever can write to the store shall neither fill our memory nor
hold up what else this process does (reading one of 5 MB did that for 0.3 s)."""
Read = Document | ManifestDamaged | ManifestEdited | ManifestSealedElsewhere | None
"""A document, or why there is none that counts; None: it was deleted meanwhile."""


@dataclass(slots=True)
class Reader:
    """Reads a store again and again; what it read of an object counts for as long as the object is the same one."""

    store: Store
    seal: Seal
    _known: dict[tuple[str, str], Read] = field(default_factory=dict)

    def look(self, *, now: datetime) -> Evidence:
        """Return what the store shows now. May be called from several threads at once.

        Raises:
            StoreUnreachable, StoreRefused: it shows nothing.
        """
        reading = _Reading(self.store, self.seal, self.store.list(), self._known)
        evidence = Evidence(
            at=now,
            location=self.store.location,
            offsite=self.store.offsite,
            backups=tuple(sorted(reading.backups(), key=_age)),
            failures=tuple(reading.failures()),
            strays=tuple(reading.strays()),
        )
        self._known = reading.read
        return evidence


class _Reading:
    """One look at a store."""

    def __init__(self, store: Store, seal: Seal, listed: dict[str, Stored], known: dict[tuple[str, str], Read]) -> None:
        self.listed = listed
        self.read: dict[tuple[str, str], Read] = {}
        self._store, self._seal, self._known = store, seal, known

    def backups(self) -> list[Kept]:
        """Return each backup that has a manifest, whatever that is worth."""
        proofs = defaultdict(list)
        for key in self.listed:
            if name := proof_of(key):
                proofs[name.backup_id].append(key)
        owners = [(found, key) for key in self.listed if (found := backup_of_manifest(key))]
        kept = [self._kept(found, key, proofs[found]) for found, key in owners]
        return [each for each in kept if each]

    def strays(self) -> Iterator[Stray]:
        """Yield what is left where there is a dump, or a proof that was passed, and no manifest."""
        left = defaultdict(list)
        for key in self.listed:
            backup_id, proof = owner(key), proof_of(key)
            if backup_id and manifest_key(backup_id) not in self.listed and ((proof and proof.passed) or is_dump(key)):
                left[backup_id].append(key)
        for backup_id, keys in left.items():
            counted = any(isinstance(self._document(Proof, key), Proof) for key in keys if proof_of(key))
            yield Stray(backup_id, max(self.listed[key].modified_at for key in keys), counted=counted)

    def failures(self) -> list[Failure]:
        """Return each run that failed."""
        found = [self._document(Failure, key) for key in self.listed if key.startswith("failures/")]
        return [each for each in found if isinstance(each, Failure)]

    def _kept(self, backup_id: UUID, key: str, proofs: list[str]) -> Kept | None:
        manifest = self._document(Manifest, key)
        if manifest is None:
            return None
        trusted = manifest if isinstance(manifest, Manifest) else None
        found = [self._document(Proof, name) for name in proofs]
        return Kept(
            id=backup_id,
            manifest=trusted,
            problem=None if isinstance(manifest, Document) else manifest.code,
            stored_bytes=self._dump_size(key, trusted),
            proofs=tuple(sorted((each for each in found if isinstance(each, Proof)), key=lambda proof: proof.id)),
        )

    def _dump_size(self, key: str, manifest: Manifest | None) -> int | None:
        """Return how large the dump is that a manifest names, or else the one that lies beside it."""
        folder = key.removesuffix(MANIFEST)
        names = [manifest.artefact.key] if manifest else [name for name in self.listed if name.startswith(folder)]
        return next((self.listed[name].size for name in names if is_dump(name) and name in self.listed), None)

    def _document(self, kind: type[Document], key: str) -> Read:
        at = key, self.listed[key].version
        self.read[at] = self._known[at] if at in self._known else self._fetched(kind, key)
        return self.read[at]

    def _fetched(self, kind: type[Document], key: str) -> Read:
        if self.listed[key].size > LARGEST_BYTES:
            return ManifestDamaged()
        try:
            document = self._seal.read(kind, b"".join(self._store.get(key)))
        except ObjectMissing:
            return None
        except (ManifestDamaged, ManifestEdited, ManifestSealedElsewhere) as failure:
            return failure.with_traceback(None)  # its frames would be kept with it
        return document if key == _place(document) else ManifestEdited()


def _place(document: Document) -> str | None:
    """Return where a document belongs: a genuine one in the place of another tells of something else."""
    if isinstance(document, Manifest):
        return manifest_key(document.id)
    if isinstance(document, Proof):
        return proof_key(document.backup_id, document.id, document.level, passed=document.passed)
    return failure_key(document.id) if isinstance(document, Failure) else None


def _age(kept: Kept) -> tuple[bool, datetime | None, UUID]:
    """Sort by the instant of the snapshot; those whose manifest is not to be trusted come first."""
    return (kept.manifest is not None, kept.manifest.source.snapshot_at if kept.manifest else None, kept.id)
