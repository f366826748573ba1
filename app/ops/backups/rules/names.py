"""Keys of objects in the store. A listing alone tells which backups there are and what was proven of them."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

MANIFEST, DUMP, ENCRYPTED = "manifest.json", "backup.dump", "backup.dump.age"
_ID = r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
_PROOF = re.compile(rf"{_ID}/proof-{_ID}-L([0-4])-(passed|failed)\.json")
_ERASURE = re.compile(rf"erasures/(\d{{8}}T\d{{12}}Z)-{_ID}\.json")
_MANIFEST = re.compile(rf"{_ID}/manifest\.json")


def manifest_key(backup_id: UUID) -> str:
    """Return where a backup's manifest is."""
    return f"{backup_id}/{MANIFEST}"


def dump_key(backup_id: UUID, *, encrypted: bool) -> str:
    """Return where a backup's dump is; an encrypted one ends in `.age`, which the program `age` reads."""
    return f"{backup_id}/{ENCRYPTED if encrypted else DUMP}"


def proof_key(backup_id: UUID, proof_id: UUID, level: int, *, passed: bool) -> str:
    """Return where a proof is kept: ids grow with time, so the last name is the latest."""
    return f"{backup_id}/proof-{proof_id}-L{level}-{'passed' if passed else 'failed'}.json"


def erasure_key(at: datetime, customer_id: UUID) -> str:
    """Return where an erasure is kept: one object for each, so that writers never meet."""
    return f"erasures/{at:%Y%m%dT%H%M%S%fZ}-{customer_id}.json"


def erased_at(key: str) -> datetime | None:
    """Return when the customer was erased of whom a key tells; None: it tells of nobody."""
    found = _ERASURE.fullmatch(key)
    try:
        return datetime.strptime(found[1], "%Y%m%dT%H%M%S%f%z") if found else None
    except ValueError:  # digits that are no instant: somebody else's
        return None


def failure_key(failure_id: UUID) -> str:
    """Return where a failed run is kept."""
    return f"failures/{failure_id}.json"


def backup_of_manifest(key: str) -> UUID | None:
    """Return whose manifest a key is."""
    found = _MANIFEST.fullmatch(key)
    return UUID(found[1]) if found else None


@dataclass(frozen=True, slots=True)
class ProofName:
    """What the key of a proof tells."""

    backup_id: UUID
    proof_id: UUID
    level: int
    passed: bool


def proof_of(key: str) -> ProofName | None:
    """Return what the key of a proof tells."""
    found = _PROOF.fullmatch(key)
    return ProofName(UUID(found[1]), UUID(found[2]), int(found[3]), found[4] == "passed") if found else None


def owner(key: str) -> UUID | None:
    """Return the backup in whose folder a key lies, whatever it is of."""
    found = re.fullmatch(_ID, key.partition("/")[0])
    return UUID(found[1]) if found else None


def is_dump(key: str) -> bool:
    """Return whether a key is that of a dump."""
    return key.partition("/")[2] in {DUMP, ENCRYPTED}


def complete_dumps(keys: Collection[str]) -> list[str]:
    """Return the dumps that have a manifest beside them, of all keys of a store."""
    return [key for key in keys if is_dump(key) and f"{key.partition('/')[0]}/{MANIFEST}" in keys]
