"""What the store can show: read by listing it, then what of it was not read before. Blocking."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.core.errors import AppError
from app.integrations.storage.api import Store, Stored
from app.ops.backups.rules.evidence import Evidence, Kept
from app.ops.backups.rules.manifests import Document, Failure, Manifest, Proof
from app.ops.backups.rules.names import backup_of_manifest, proof_of
from app.ops.backups.service.sealing import Seal

__all__ = ["Evidence", "Kept", "Reader"]


@dataclass(slots=True)
class Reader:
    """Reads a store again and again; what it read of an object counts for as long as the object is the same one."""

    store: Store
    seal: Seal
    _read: dict[tuple[str, str], Document | AppError] = field(default_factory=dict)

    def look(self, *, now: datetime) -> Evidence:
        """Return what the store shows now.

        Raises:
            StoreUnreachable, StoreRefused: it shows nothing.
        """
        listed = self.store.list()
        known = self._read
        self._read = {}
        backups = [self._kept(found, key, listed, known) for key in listed if (found := backup_of_manifest(key))]
        failures = [self._document(Failure, key, listed, known) for key in listed if key.startswith("failures/")]
        return Evidence(
            at=now,
            location=self.store.location,
            offsite=self.store.offsite,
            backups=tuple(sorted(backups, key=_age)),
            failures=tuple(each for each in failures if isinstance(each, Failure)),
            strays=tuple(
                key for key in listed if _is_dump(key) and f"{key.partition('/')[0]}/manifest.json" not in listed
            ),
        )

    def _kept(
        self, backup_id: UUID, key: str, listed: dict[str, Stored], known: dict[tuple[str, str], Document | AppError]
    ) -> Kept:
        manifest = self._document(Manifest, key, listed, known)
        names = sorted(name for name in listed if (found := proof_of(name)) and found.backup_id == backup_id)
        proofs = [self._document(Proof, name, listed, known) for name in names]
        dump = next(
            (stored.size for name, stored in listed.items() if _is_dump(name) and name.startswith(str(backup_id))), None
        )
        return Kept(
            id=backup_id,
            manifest=manifest if isinstance(manifest, Manifest) else None,
            problem=manifest.code if isinstance(manifest, AppError) else None,
            stored_bytes=dump,
            proofs=tuple(sorted((each for each in proofs if isinstance(each, Proof)), key=lambda proof: proof.id)),
        )

    def _document(
        self,
        kind: type[Document],
        key: str,
        listed: dict[str, Stored],
        known: dict[tuple[str, str], Document | AppError],
    ) -> Document | AppError:
        at = key, listed[key].version
        if at not in known:
            try:
                known[at] = self.seal.read(kind, b"".join(self.store.get(key)))
            except AppError as failure:
                if failure.code.startswith("store_"):
                    raise
                known[at] = failure
        self._read[at] = known[at]
        return known[at]


def _is_dump(key: str) -> bool:
    return key.partition("/")[2].startswith("backup.dump")


def _age(kept: Kept) -> tuple[bool, datetime | None, UUID]:
    """Sort by the instant of the snapshot; those whose manifest is not to be trusted come first."""
    return (kept.manifest is not None, kept.manifest.source.snapshot_at if kept.manifest else None, kept.id)
