"""How a store fails. None of these texts holds a key or a secret."""

from app.core.errors import AppError


class StoreUnreachable(AppError):
    """Nobody answers at the store, or not in time."""

    status, detail = 503, "The store of backups does not answer: look at APP_BACKUP_URL, its endpoint and its network."


class StoreRefused(AppError):
    """The store knows us and does not let us, or does not know us."""

    status, detail = 503, "The store of backups refuses this: look at its keys and at what they may do."


class StoreFull(AppError):
    """There is no room for what is to be written."""

    status, detail = 507, "The disk of the store is full: free some space, or run `booking backup prune`."


class ObjectMissing(AppError):
    """The store has no such object."""

    status, detail = 404, "The store has no such object."


class ObjectExists(AppError):
    """The store has such an object already, and nothing is written over another."""

    status, detail = 409, "The store has such an object already."


class StoreAddressInvalid(AppError):
    """APP_BACKUP_URL names no store."""

    status, detail = 422, "APP_BACKUP_URL must be a folder, or s3://bucket/prefix."


class KeyInvalid(AppError):
    """What should be the key of an object is none: it may come from a manifest that somebody else wrote."""

    status, detail = (
        422,
        "That is no key of an object: letters, digits, `-`, `_`, `.` and `/`, no name with a dot first.",
    )
