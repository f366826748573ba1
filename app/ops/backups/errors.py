"""How a backup, its verification or its restoration fails. Codes stand in the status; no text holds personal data."""

from app.core.errors import AppError, Conflict, Invalid, NotFound


class BackupNotConfigured(Conflict):
    """There is no store."""

    detail = "No store of backups is set: set APP_BACKUP_URL (and APP_BACKUP_RECIPIENT; `booking backup keys`)."


class BackupNotFound(NotFound):
    """The store has no such backup."""

    detail = "The store has no such backup: `booking backup list` shows what there is."


class BackupRunning(Conflict):
    """Another one is at it."""

    detail = "Another backup, drill or clearing-up of this database goes on: wait for it, or look at who does it."


class RunNotFound(NotFound):
    """Nothing is known of such a run."""

    detail = "The database remembers no such run: `GET /api/backups` lists those that it does."


class ProgramsMissing(AppError):
    """There is no pg_dump, or not all that belongs to it."""

    status, detail = 503, "There is no pg_dump here: install postgresql-client, or set APP_POSTGRES_PROGRAMS."


class ProgramsTooOld(AppError):
    """PostgreSQL's programs refuse a server that is newer than they are."""

    status, detail = 503, "pg_dump is older than the server, which it refuses: install the server's version of it."


class DumpFailed(AppError):
    """pg_dump ended with an error."""

    status, detail = 503, "pg_dump failed."


class ConnectionLost(AppError):
    """The database went away in the middle."""

    status, detail = 503, "The connection to the database was lost in the middle: nothing was kept."


class SchemaMissing(Conflict):
    """The database, or what was backed up of one, does not hold this service's tables."""

    detail = (
        "That database does not hold this service's tables, so there is nothing to back up: `booking db upgrade` makes"
        " them; if they should be there, DATABASE_URL names another database."
    )


class TablesLocked(AppError):
    """Something holds a table so that it cannot be read."""

    status, detail = 503, "A table stayed locked for 10 s, as by a migration: run the backup again when that is over."


class MigrationRanMeanwhile(Conflict):
    """The schema changed under the dump."""

    detail = "A migration ran while the backup was made, which was given up: run it again."


class VerificationFailed(Conflict):
    """A backup was made, and what the store gives back is not it; the code is that of the proof."""

    def __init__(self, code: str | None, detail: str | None) -> None:
        super().__init__(detail or "The backup was made, but did not pass its verification.")
        self.code = code or self.code


class Interrupted(AppError):
    """The run was ended, or its process was."""

    status, detail = 503, "The run was interrupted before its end: nothing of it counts."


class RestoreFailed(AppError):
    """pg_restore or psql ended with an error."""

    status, detail = 503, "The backup could not be restored."


class UnpackingFull(AppError):
    """There is no room for the dump on this machine."""

    status, detail = 507, "There is no room to unpack the dump here: free some, or set TMPDIR to a larger disk."


class VerificationStopped(AppError):
    """A verification was ended from outside, so it tells nothing of the backup."""

    status, detail = 503, "The verification was stopped before its end, which proves nothing: verify once more."


class KeyMissing(Conflict):
    """It is encrypted, and there is no private key here."""

    detail = "This backup is encrypted: set APP_BACKUP_IDENTITY to the private key that opens it."


class WrongKey(Conflict):
    """It is encrypted for somebody else."""

    detail = "The private key in APP_BACKUP_IDENTITY does not open this backup: it was encrypted for another."


class ManifestDamaged(Conflict):
    """A manifest cannot be read."""

    detail = "The manifest of this backup cannot be read."


class ManifestEdited(Conflict):
    """A manifest does not bear the seal that belongs to its content."""

    detail = "The manifest of this backup was changed after it was written: trust neither it nor the backup."


class ManifestSealedElsewhere(Conflict):
    """A manifest was sealed with another secret key, so whether it was changed cannot be told."""

    detail = "The manifest was sealed under another APP_SECRET_KEY: set that one to tell whether it was changed."


class ArtefactMissing(Conflict):
    """The dump is not there."""

    detail = "The dump of this backup is not in the store any more."


class ArtefactEmpty(Conflict):
    """The dump has no content."""

    detail = "The dump of this backup is empty."


class ArtefactTruncated(Conflict):
    """The dump is shorter, or longer, than it was."""

    detail = "The dump of this backup has not the size that it was written with."


class ArtefactSwapped(Conflict):
    """The dump belongs to another backup."""

    detail = "The dump in the place of this backup is that of another one."


class ArtefactDamaged(Conflict):
    """The dump is not what was written."""

    detail = "The dump of this backup is not what was written: bytes have changed."


class ArtefactUnreadable(Conflict):
    """The dump is what was written, but pg_restore cannot read it."""

    detail = "pg_restore cannot read the dump of this backup to its end."


class TablesMissing(Conflict):
    """The dump lacks tables."""

    detail = "The dump of this backup lacks tables that the manifest names."


class RowsDiffer(Conflict):
    """What was restored is not what was dumped."""

    detail = "Restored tables hold other rows than those that were backed up."


class StructureDiffers(Conflict):
    """Constraints, indexes or triggers are missing in what was restored."""

    detail = "What was restored lacks constraints, indexes or triggers, or they are not valid."


class SequencesBehind(Conflict):
    """A sequence would give numbers that are taken."""

    detail = "A sequence of what was restored would give numbers that are taken."


class IndexesDamaged(Conflict):
    """amcheck found a damaged index."""

    detail = "An index of what was restored is damaged."


class SchemaNewer(Conflict):
    """The backup was made by a newer version of this service."""

    detail = "This backup was made by a newer version of the service: restore it with that version."


class SchemaDiffers(Conflict):
    """A database is not at the migration that this version works with."""

    detail = (
        "That database is at another migration than this version of the service: `booking db upgrade`, or use the"
        " version that it belongs to, then do this once more."
    )


class SmokeFailed(Conflict):
    """Booking, moving or cancelling did not work on what was restored."""

    detail = "What was restored is complete, but booking, moving and cancelling on it failed."


class DatabaseNotEmpty(Conflict):
    """There is something where it should be restored to."""

    detail = "That database is not empty."


class NameRefused(Invalid):
    """A restored database cannot be called so."""

    detail = "No database can be restored under that name: it takes 1 to 63 bytes, and is none that the server needs."


class ErasuresUnreadable(Conflict):
    """Who was erased since the backup cannot be told."""

    detail = "The list of erasures beside the backups cannot be read: nothing is restored without it."


class DatabaseInUse(Conflict):
    """A database cannot be renamed, because somebody is connected."""

    detail = "The database is in use, and its sessions could not be ended: stop the service, then try again."


class ClockSetBack(Conflict):
    """The newest backup is from the future."""

    detail = "The newest backup is from the future: this machine's clock is wrong, or was when that one was made."


class NoSuccess(Conflict):
    """The newest backup is not a good one, so no older one is dispensable."""

    detail = (
        "The newest backup is not good, or a run has failed since, so nothing is removed: run `booking backup run`."
    )
