"""Settings of backups, and of the host that has the database; a part of `Settings`."""

from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings

FOLDER = "var/backups"


class BackupSettings(BaseSettings):
    """Where backups go, for whom they are encrypted, and what may read them."""

    backup_url: str | None = Field(
        default=None,
        max_length=500,
        description="Where backups go: a folder, or `s3://bucket/prefix`. Unset: none are made by schedule.",
    )
    backup_recipient: str | None = Field(
        default=None,
        max_length=1_000,
        pattern=r"^(age1[a-z0-9]+(,\s*age1[a-z0-9]+)*)?$",
        description="Public key(s) of age that backups are encrypted for: `booking backup keys` makes a pair.",
    )
    backup_identity: SecretStr | None = Field(
        default=None,
        max_length=1_000,
        description="The private key, only where backups are tried or restored: `AGE-SECRET-KEY-...`, or a file of it.",
    )
    backup_s3_endpoint: str | None = Field(
        default=None,
        max_length=500,
        pattern="^(https?://.+)?$",
        description="Address of an S3-compatible store; unset: Amazon's.",
    )
    aws_access_key_id: SecretStr | None = Field(
        default=None,
        validation_alias="AWS_ACCESS_KEY_ID",
        max_length=200,
        description="Key id of an S3 store of backups.",
    )
    aws_secret_access_key: SecretStr | None = Field(
        default=None, validation_alias="AWS_SECRET_ACCESS_KEY", max_length=200, description="The secret of that key."
    )
    aws_region: str = Field(
        default="us-east-1",
        validation_alias="AWS_REGION",
        max_length=50,
        description="Region of an S3 store of backups; most others than Amazon's do not mind.",
    )
    drill_database_url: SecretStr | None = Field(
        default=None,
        max_length=1_000,
        description="Address of any database on the server where drills restore; unset: that of `DATABASE_URL`.",
    )
    postgres_programs: str | None = Field(
        default=None,
        max_length=500,
        description="Folder of `pg_dump`, `pg_restore` and `psql`; unset: Debian's folders, `PATH`, the embedded ones.",
    )

    @field_validator("drill_database_url")
    @classmethod
    def _spoken_by_the_driver(cls, url: SecretStr | None) -> SecretStr | None:
        scheme, _, rest = (url.get_secret_value().strip() if url else "").partition("://")
        if scheme and (not rest or scheme not in {"postgres", "postgresql", "postgresql+asyncpg"}):
            raise ValueError("must begin with postgresql://")
        return SecretStr(f"postgresql+asyncpg://{rest}") if scheme else None

    @model_validator(mode="after")
    def _backups_are_encrypted(self) -> Self:
        if getattr(self, "env", None) == "production" and self.backup_url and not self.backup_recipient:
            raise ValueError("APP_BACKUP_URL needs APP_BACKUP_RECIPIENT: `booking backup keys` makes a pair")
        return self
