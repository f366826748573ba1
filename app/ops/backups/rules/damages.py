"""Which backups in the store are no good, as their manifests, their listed sizes and their proofs show."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from app.ops.backups.rules.evidence import Kept
from app.ops.backups.rules.problems import Problem, damage


def damages(backups: Sequence[Kept], *, now: datetime) -> Iterator[Problem]:
    """Name what is wrong with each backup, the newest last.

    What a listing shows is critical with any of them: nothing takes a dump away or edits a manifest by itself. A
    proof that failed is so with the newest backup, and where it was the last thing that was tried; else it is told.
    """
    tried = max((proof.at for kept in backups for proof in kept.proofs), default=None)
    for kept in backups:
        code, failed = shown(kept), kept.failed
        if code is not None and not (failed and code == "artefact_truncated"):  # whoever read it knows better
            sole = code != "manifest_sealed_elsewhere" or not any(each.manifest for each in backups)
            yield damage(code, "critical" if sole else "warning", backup_id=kept.id)
            continue
        if failed is not None:
            severe = kept is backups[-1] or failed.at == tried
            what = failed.detail or "its last verification failed."
            yield damage(failed.code or "verification_failed", "critical" if severe else "warning",
                         backup_id=kept.id, what=what)  # fmt: skip


def known_damage(kept: Kept) -> str | None:
    """Return the code of what is wrong with a backup, by its listing or by a proof; None where nothing is known."""
    code, failed = shown(kept), kept.failed
    return (failed.code or "verification_failed") if failed and code in {None, "artefact_truncated"} else code


def shown(kept: Kept) -> str | None:
    """Return what the listing and the manifest alone show to be wrong with a backup, None where that is nothing."""
    if kept.manifest is None:
        return kept.problem
    if kept.stored_bytes is None:
        return "artefact_missing"
    if kept.stored_bytes == 0:
        return "artefact_empty"
    return "artefact_truncated" if kept.stored_bytes != kept.manifest.artefact.bytes else None
