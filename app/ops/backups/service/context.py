"""What a backup needs: the database, the store, the seal, and keys as far as they are here."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyrage

from app.core.config import Settings
from app.core.config_backups import FOLDER
from app.core.security import local_secret
from app.integrations.storage.api import Store
from app.integrations.storage.errors import StoreAddressInvalid
from app.integrations.storage.folder import Folder
from app.ops.backups.errors import BackupNotConfigured, WrongKey
from app.ops.backups.service.sealing import Seal


@dataclass(frozen=True, slots=True)
class BackupContext:
    """Where backups are and how they are made. Nothing in it is known to the writer that only a reader needs."""

    settings: Settings
    store: Store
    seal: Seal

    @property
    def database_url(self) -> str:
        """The database that is backed up."""
        return str(self.settings.database_url)

    def recipients(self) -> list[Any]:
        """Return for whom backups are encrypted; nobody: they are not.

        Raises:
            WrongKey: APP_BACKUP_RECIPIENT holds no public key.
        """
        words = (self.settings.backup_recipient or "").split(",")
        try:
            return [pyrage.x25519.Recipient.from_str(word.strip()) for word in words if word.strip()]
        except pyrage.RecipientError:
            raise WrongKey("APP_BACKUP_RECIPIENT is no public key of age: it begins with age1.") from None

    def identities(self) -> list[Any]:
        """Return the private keys that are here, from the setting or the file that it names.

        Raises:
            WrongKey: what is there is no private key.
        """
        secret = self.settings.backup_identity
        text = secret.get_secret_value().strip() if secret else ""
        try:
            if text and not text.startswith("AGE-SECRET-KEY-"):
                text = Path(text).read_text()
            lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
            return [pyrage.x25519.Identity.from_str(line) for line in lines]
        except (pyrage.IdentityError, OSError, UnicodeDecodeError):
            raise WrongKey("APP_BACKUP_IDENTITY is no private key of age, nor a file of one.") from None


def is_configured(settings: Settings) -> bool:
    """Return whether there is a store; outside production and tests a folder beside the service is one."""
    return bool(settings.backup_url) or settings.env == "local"


def open_context(settings: Settings) -> BackupContext:
    """Return what backups of this service need; the store is not asked yet.

    Raises:
        BackupNotConfigured: there is no store.
        StoreAddressInvalid: its address is none.
    """
    if not is_configured(settings):
        raise BackupNotConfigured
    secret = settings.secret_key.get_secret_value() if settings.secret_key else local_secret(Path("var"))
    return BackupContext(settings, open_store(settings, settings.backup_url or FOLDER), Seal(secret))


def open_store(settings: Settings, url: str) -> Store:
    """Return the store at an address: a folder, `file:///folder` or `s3://bucket/prefix`.

    Raises:
        StoreAddressInvalid: it is neither.
    """
    scheme, separator, rest = url.strip().partition("://")
    if not separator:
        return Folder(Path(url.strip()))
    if scheme == "file" and rest.startswith("/"):
        return Folder(Path(rest))
    bucket, _, prefix = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise StoreAddressInvalid
    from app.integrations.storage.objects import Objects  # 15 MB that a folder does not need

    return Objects(bucket, prefix.strip("/"), settings)
