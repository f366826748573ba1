"""Settings: one frozen class, read from the environment and `.env`; the only reader of either."""

import base64
import re
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from socket import gethostname
from typing import Annotated, Literal, Self

from pydantic import AliasChoices, BeforeValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from app.core.config_backups import BackupSettings
from app.core.config_channels import ChannelSettings
from app.core.config_render import RenderSettings
from app.core.limits.policies import check_limits


def _seconds(value: object) -> object:
    """Read a plain number as seconds; the environment has only text."""
    return float(value) if isinstance(value, str) and re.fullmatch(r"\d+(\.\d+)?", value.strip()) else value


Seconds = Annotated[timedelta, BeforeValidator(_seconds), Field(gt=timedelta(0))]
Span = Annotated[timedelta, BeforeValidator(_seconds), Field(ge=timedelta(0), le=timedelta(minutes=2))]


class SettingsInvalid(Exception):
    """The environment cannot be used; the message names each setting and what is wrong with it."""


class Settings(BackupSettings, RenderSettings, ChannelSettings):
    """Defaults suit a laptop; production refuses to start without its secrets.

    What hosts name themselves keeps its name (`DATABASE_URL`, `PORT`, `WEB_CONCURRENCY`, `RENDER_GIT_COMMIT` and
    the like); all others carry the prefix `APP_`. Durations are in seconds or ISO 8601.
    """

    model_config = SettingsConfigDict(
        env_prefix="APP_",
        env_file=".env",
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    env: Literal["local", "test", "production"] = Field(
        default="local", description="`production` demands secrets and a database; anything else starts without."
    )
    database_url: str | None = Field(
        default=None,
        validation_alias="DATABASE_URL",
        description="PostgreSQL 15 to 18. Unset outside production: the embedded server under `./var/postgres`.",
    )
    port: int = Field(default=8000, ge=1, le=65535, validation_alias="PORT", description="TCP port to serve on.")
    operator_api_key: SecretStr | None = Field(
        default=None,
        validation_alias="OPERATOR_API_KEY",
        min_length=20,
        max_length=200,
        description="The operator's break-glass key; works while the database is down.",
    )
    web_concurrency: int = Field(
        default=1, ge=1, le=64, validation_alias="WEB_CONCURRENCY", description="Server processes of `booking serve`."
    )
    db_pool_max: int = Field(
        default=12, ge=1, le=200, validation_alias="DB_POOL_MAX", description="Most connections of one process."
    )
    instances: int = Field(
        default=1, ge=1, le=100, description="How many web instances share the database; for the budget of connections."
    )
    url: str | None = Field(
        default=None,
        max_length=500,
        description="Where `booking ops` asks for the service; unset: port `PORT` of this machine.",
    )
    instance: str = Field(
        default_factory=gethostname,
        validation_alias="RENDER_INSTANCE_ID",
        max_length=100,
        description="Name of the machine or container in operational answers; unset: the host's name.",
    )
    commit: str | None = Field(
        default=None,
        validation_alias="RENDER_GIT_COMMIT",
        max_length=64,
        description="The deployed commit, shown in operational answers.",
    )
    secret_key: SecretStr | None = Field(
        default=None,
        min_length=32,
        max_length=200,
        description="Encrypts stored answers; required in production, elsewhere kept in `./var/secret_key`.",
    )
    log_format: Literal["console", "json"] | None = Field(
        default=None, description="How log lines look; unset: `console` on a terminal, else `json`."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="Least level logged.")
    sentry_dsn: SecretStr | None = Field(
        default=None,
        validation_alias="SENTRY_DSN",
        max_length=500,
        description="Where failures are reported to Sentry; unset: nowhere.",
    )
    otel_endpoint: str | None = Field(
        default=None,
        validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT",
        max_length=500,
        pattern="^(https?://.+)?$",
        description="Where traces and metrics go by OTLP over HTTP; unset: nowhere.",
    )
    metrics_directory: Path | None = Field(
        default=None, description="Where server processes of one instance share metrics; `booking serve` sets it."
    )
    alert_webhook_url: str | None = Field(
        default=None,
        max_length=1_000,
        pattern="^(https?://.+)?$",
        description="Where alerts are sent, as Standard Webhooks; unset: to the log alone.",
    )
    alert_webhook_secret: SecretStr | None = Field(
        default=None,
        max_length=200,
        description="Signs what is sent there: `whsec_` and base64 of 24 to 64 bytes.",
    )
    heartbeat_url: str | None = Field(
        default=None,
        max_length=1_000,
        pattern="^(https?://.+)?$",
        description="An outside monitor that is called every minute while all is well, and raises the alarm when not.",
    )
    runbook_url: str = Field(
        default="docs/operations.md", max_length=500, description="Where the operations manual can be read."
    )
    request_deadline: Seconds = Field(
        default=timedelta(seconds=4.5), description="After this long a request is given up with 503."
    )
    drain_time: Span = Field(
        default=timedelta(0), description="So long probes fail after SIGTERM while requests are still taken."
    )
    pool_timeout: Seconds = Field(
        default=timedelta(seconds=4), description="Longest wait for a database connection before 503."
    )
    connect_timeout: Seconds = Field(
        default=timedelta(seconds=2), description="Longest wait for a new database connection to open."
    )
    statement_timeout: Seconds = Field(
        default=timedelta(seconds=4), description="The server cancels a statement that runs longer."
    )
    lock_timeout: Seconds = Field(
        default=timedelta(seconds=4), description="The server cancels a statement that waits longer for a lock."
    )
    idempotency_retention: Seconds = Field(
        default=timedelta(hours=24), description="How long the answer to an Idempotency-Key is kept."
    )
    max_body_bytes: int = Field(
        default=262_144, ge=1_024, le=10_000_000, description="Largest request body accepted, in bytes."
    )
    max_webhook_bytes: int = Field(
        default=5_000_000,
        ge=262_144,
        le=20_000_000,
        description="Largest body of a webhook accepted, in bytes: reports of calls hold every word twice.",
    )

    redis_url: SecretStr | None = Field(
        default=None,
        validation_alias="REDIS_URL",
        max_length=500,
        description="Redis or Valkey, in which all processes count requests together; unset: each for itself.",
    )
    trusted_proxy_hops: int = Field(
        default=0,
        ge=0,
        le=10,
        description="Proxies of the host before this service; callers' addresses are read left of them. Render: 2.",
    )
    rate_limits: dict[str, Annotated[int, Field(ge=1, le=1_000_000)]] = Field(
        default_factory=dict,
        description='Requests a minute by policy, where they differ from the usual: `{"keys": 1200}`.',
    )

    @field_validator("redis_url")
    @classmethod
    def _of_redis(cls, url: SecretStr | None) -> SecretStr | None:
        text = url.get_secret_value().strip() if url else ""
        if text and not text.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must begin with redis:// or rediss://")
        return SecretStr(text) if text else None

    @field_validator("database_url")
    @classmethod
    def _with_the_driver(cls, url: str | None) -> str | None:
        """Hosts give `postgres://`; SQLAlchemy wants the driver named."""
        if url is None or not url.strip():
            return None
        scheme, separator, rest = url.strip().partition("://")
        if not separator or scheme not in {"postgres", "postgresql", "postgresql+asyncpg"}:
            raise ValueError("must begin with postgresql://")
        try:
            make_url(f"postgresql+asyncpg://{rest}")
        except (ArgumentError, ValueError):
            raise ValueError("must look like postgresql://user:password@host:5432/name") from None
        return f"postgresql+asyncpg://{rest}"

    @field_validator("alert_webhook_secret")
    @classmethod
    def _long_enough(cls, secret: SecretStr | None) -> SecretStr | None:
        """A secret that is none would only be found out when the first alert has to go out."""
        if secret is not None:
            try:
                encoded = secret.get_secret_value().removeprefix("whsec_").rstrip("=")
                decoded = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
            except ValueError:
                raise ValueError("must be whsec_ and base64, such as whsec_$(openssl rand -base64 32)") from None
            if not 24 <= len(decoded) <= 64:
                raise ValueError("must hold 24 to 64 bytes, such as whsec_$(openssl rand -base64 32)")
        return secret

    @model_validator(mode="after")
    def _alerts_are_signed(self) -> Self:
        if self.alert_webhook_url and self.alert_webhook_secret is None:
            raise ValueError("APP_ALERT_WEBHOOK_URL needs APP_ALERT_WEBHOOK_SECRET")
        return self

    @model_validator(mode="after")
    def _production_is_complete(self) -> Self:
        needed = {
            "DATABASE_URL": self.database_url,
            "OPERATOR_API_KEY": self.operator_api_key,
            "APP_SECRET_KEY": self.secret_key,
        }
        missing = [name for name, value in needed.items() if value is None]
        if self.env == "production" and missing:
            raise ValueError(f"APP_ENV=production needs {', '.join(missing)}")
        check_limits(self.rate_limits, production=self.env == "production")
        return self


class Caller(BaseSettings):
    """Whom to ask and with which key, for commands that ask a service elsewhere; valid whatever else is malformed."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    url: str | None = Field(default=None, validation_alias="APP_URL")
    port: str = Field(default="8000", validation_alias="PORT")
    api_key: SecretStr | None = Field(default=None, validation_alias="API_KEY")
    operator_api_key: SecretStr | None = Field(default=None, validation_alias="OPERATOR_API_KEY")
    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")

    @property
    def key(self) -> str | None:
        """The key to ask with."""
        key = self.api_key or self.operator_api_key
        return key.get_secret_value().strip() if key else None


def environment_name(field: str) -> str:
    """Return the environment variable that sets a field of `Settings`."""
    alias = Settings.model_fields[field].validation_alias
    if isinstance(alias, AliasChoices):
        return str(alias.choices[0])
    return alias if isinstance(alias, str) else f"APP_{field.upper()}"


def load_settings() -> Settings:
    """Read the settings.

    Raises:
        SettingsInvalid: with one line a setting, safe to print (it never holds a value).
    """
    try:
        return Settings()
    except ValidationError as invalid:
        lines = []
        for problem in invalid.errors(include_input=False, include_url=False):
            place = str(problem["loc"][0]) if problem["loc"] else ""
            name = environment_name(place) if place in Settings.model_fields else place
            message = problem["msg"].removeprefix("Value error, ")
            lines.append(f"{name}: {message}" if name else message)
        raise SettingsInvalid("; ".join(lines)) from None


@lru_cache
def get_settings() -> Settings:
    """Return the process' settings, read once."""
    return load_settings()
