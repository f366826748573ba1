"""Which backup is meant, whether its manifest may be believed, and whether this version knows its tables."""

from app.core import migrations
from app.ops.backups.errors import (
    BackupNotFound,
    ManifestDamaged,
    ManifestEdited,
    ManifestSealedElsewhere,
    SchemaMissing,
    SchemaNewer,
)
from app.ops.backups.rules.evidence import Kept
from app.ops.backups.rules.manifests import Manifest
from app.ops.backups.rules.names import manifest_key
from app.ops.backups.rules.retention import sound
from app.ops.backups.service.context import BackupContext

PROBLEMS = {error.code: error for error in (ManifestDamaged, ManifestEdited, ManifestSealedElsewhere)}


def choose(context: BackupContext, backups: tuple[Kept, ...], which: str, *, trust: bool) -> Manifest:
    """Return the manifest of a backup; `latest` is the newest that is not known to be bad. Blocking.

    Raises:
        BackupNotFound: there is none such.
        ManifestDamaged, ManifestEdited: its manifest cannot be believed.
        ManifestSealedElsewhere: it was sealed with another secret, and nobody said to trust it (`trust`).
    """
    if which == "latest":
        good = [kept for kept in backups if sound(kept)]
        found = good or [kept for kept in backups if kept.manifest is not None] or list(backups)
    else:
        found = [kept for kept in backups if str(kept.id) == which.lower()]
    if not found:
        raise BackupNotFound
    chosen = found[-1]
    if chosen.manifest is None and chosen.problem == ManifestSealedElsewhere.code:
        if trust:
            return context.seal.read_unsealed(Manifest, b"".join(context.store.get(manifest_key(chosen.id))))
        raise ManifestSealedElsewhere(
            "The manifest was sealed under another APP_SECRET_KEY: set that one, or say --trust-manifest if it is"
            " lost and you know who can write to the store."
        )
    return trusted(chosen)


def trusted(kept: Kept) -> Manifest:
    """Return the manifest of a backup.

    Raises:
        ManifestDamaged, ManifestEdited, ManifestSealedElsewhere: it cannot be trusted.
    """
    if kept.manifest is not None:
        return kept.manifest
    raise PROBLEMS.get(kept.problem or "", ManifestDamaged)


def refuse_newer(manifest: Manifest) -> None:
    """Let only backups pass whose tables this version knows.

    Raises:
        SchemaNewer: it does not.
        SchemaMissing: there are none of this service in it.
    """
    if manifest.source.migration is None:
        raise SchemaMissing("This backup holds none of this service's tables: choose another one.")
    if manifest.source.migration not in migrations.revisions():
        raise SchemaNewer
