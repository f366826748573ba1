"""Settings of Render, the host whose own recovery, exports and rollback we use; a part of `Settings`."""

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

ADDRESS = r"^(https://[^\s/].*|http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(/.*)?)$"
"""A key goes along: nothing but TLS leaves this machine."""


class RenderSettings(BaseSettings):
    """How to ask Render's API, and for what."""

    render_api_key: SecretStr | None = Field(
        default=None,
        validation_alias="RENDER_API_KEY",
        max_length=200,
        description="Key of Render's API, for `booking render` and the recovery window in the backup status.",
    )
    render_service_id: str | None = Field(
        default=None,
        validation_alias="RENDER_SERVICE_ID",
        max_length=100,
        pattern=r"^([a-z]+-[a-z0-9-]+)?$",
        description="The service that `booking render rollback` takes back: `srv-...`; Render sets it.",
    )
    render_postgres_id: str | None = Field(
        default=None,
        max_length=100,
        pattern=r"^(dpg-[a-z0-9-]+)?$",
        description="The database at Render: `dpg-...`, as its page's address has it.",
    )
    render_api_url: str = Field(
        default="https://api.render.com/v1", max_length=500, pattern=ADDRESS, description="Address of Render's API."
    )

    @field_validator("render_api_key")
    @classmethod
    def _without_white_space(cls, key: SecretStr | None) -> SecretStr | None:
        """A key that was pasted may bring a line's end along; an empty one is none."""
        text = key.get_secret_value().strip() if key else ""
        if text and not (text.isascii() and text.isprintable() and " " not in text):
            raise ValueError("must be a key of Render's API, such as rnd_...")
        return SecretStr(text) if text else None
