"""Why a database or a version was not brought back."""

from app.core.errors import AppError, Conflict, Invalid, NotFound


class RenderNotConfigured(Conflict):
    """There is no key, or no id of what it is about."""

    detail = "Set RENDER_API_KEY (Render: Account Settings, API Keys)."


class NotConfirmed(Conflict):
    """Nobody said yes."""

    detail = "Nothing was done: add --yes, or run it on a terminal and say yes."


class InstantRefused(Invalid):
    """The database cannot be brought back to that instant."""

    detail = "The database cannot be brought back to that instant."


class NotRecoverable(Conflict):
    """Render has nothing to bring the database back from."""

    detail = "Render cannot bring this database back to an instant."


class RestoreExists(Conflict):
    """There is a database of that name already; perhaps of the same order."""

    detail = "There is a database of that name already."


class RestoreUnfinished(AppError):
    """The new database did not become available."""

    status, detail = 503, "The new database did not become available."


class NoExport(NotFound):
    """There is no finished export."""

    detail = "There is no finished export: `booking render exports create --wait` makes one."


class ExportUnfinished(AppError):
    """It takes longer than we wait."""

    status, detail = 503, "The export goes on at Render: `booking render exports list` shows when it is there."


class DownloadFailed(AppError):
    """The export did not arrive whole; nothing was kept."""

    status, detail = 503, "The export did not arrive whole, so nothing was kept: list the exports and try again."


class FileExists(Conflict):
    """Nothing is written over a file."""

    detail = "There is such a file already: name another."


class FileNotWritten(AppError):
    """The disk is full, or the folder is not ours."""

    status, detail = 507, "The file cannot be written here."


class AutoDeployNotSet(AppError):
    """The service still deploys as before, or nobody knows."""

    status, detail = 503, "Auto-deploy could not be proven to be off, so nothing was rolled back."


class NothingToRollBackTo(NotFound):
    """No other version was live before."""

    detail = "No other version was live before the present one: name a deploy with --to."


class TargetRefused(Conflict):
    """That deploy cannot be gone back to."""

    detail = "That deploy cannot be gone back to."


class DeployUnderWay(Conflict):
    """A deploy has not ended and would go live over the rollback."""

    detail = "A deploy is under way and would go live over this one: cancel it in Render's dashboard, or wait."


class RollbackUnfinished(AppError):
    """The earlier version did not go live."""

    status, detail = 503, "The earlier version did not go live."
