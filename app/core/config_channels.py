"""Settings of the channels by which customers are reached: Vapi, Twilio and e-mail; a part of `Settings`."""

from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from app.core.config_render import ADDRESS


class ChannelSettings(BaseSettings):
    """Accounts at Vapi, Twilio and a mail server. Without one, what would be sent is kept as `not_sent`."""

    public_url: str | None = Field(
        default=None,
        max_length=200,
        pattern=r"^(https?://[^\s/?#]+(/[^\s?#]*)?)?$",
        description="Where this service is reached from outside, such as `https://booking.example.com`: Vapi and "
        "Twilio call it there, and Twilio signs that address.",
    )

    twilio_account_sid: str | None = Field(
        default=None,
        validation_alias="TWILIO_ACCOUNT_SID",
        pattern=r"^(AC[0-9a-fA-F]{32})?$",
        description="Account at Twilio: `AC...`.",
    )
    twilio_auth_token: SecretStr | None = Field(
        default=None,
        validation_alias="TWILIO_AUTH_TOKEN",
        max_length=100,
        description="Its auth token: signs Twilio's webhooks, and ours to it unless an API key does.",
    )
    twilio_api_key: str | None = Field(
        default=None,
        validation_alias="TWILIO_API_KEY",
        pattern=r"^(SK[0-9a-fA-F]{32})?$",
        description="API key at Twilio to ask with in place of the auth token: `SK...`.",
    )
    twilio_api_secret: SecretStr | None = Field(
        default=None, validation_alias="TWILIO_API_SECRET", max_length=100, description="Secret of that API key."
    )
    twilio_shared_keys: dict[str, SecretStr] = Field(
        default_factory=dict,
        max_length=10,
        description='Shared keys that sign webhooks in place of the auth token, by id: `{"key": "secret"}`.',
    )
    twilio_api_url: str = Field(
        default="https://api.twilio.com", max_length=200, pattern=ADDRESS, description="Address of Twilio's API."
    )

    vapi_api_key: SecretStr | None = Field(
        default=None, validation_alias="VAPI_API_KEY", max_length=200, description="Private key of Vapi's API."
    )
    vapi_api_url: str = Field(
        default="https://api.vapi.ai", max_length=200, pattern=ADDRESS, description="Address of Vapi's API."
    )
    vapi_webhook_secret: SecretStr | None = Field(
        default=None,
        validation_alias="VAPI_WEBHOOK_SECRET",
        max_length=500,
        description="What Vapi proves itself with; without it every webhook of Vapi is refused.",
    )
    vapi_webhook_plan: dict[str, str | bool] = Field(
        default={"type": "bearer"},
        max_length=20,
        description='How, as Vapi\'s `authenticationPlan` has it: `{"type": "bearer"}`, '
        '`{"type": "bearer", "headerName": "X-Vapi-Secret", "bearerPrefixEnabled": false}` or `{"type": "hmac", ...}`.',
    )
    vapi_credential_id: str | None = Field(
        default=None,
        max_length=100,
        pattern=r"^([0-9A-Za-z-]+)?$",
        description="The credential at Vapi that holds this plan; `booking voice provision` refers to it.",
    )
    voice_concurrency: Annotated[int, Field(ge=1, le=1_000)] = Field(
        default=10, description="Most outbound calls in progress at once, over all clients."
    )

    smtp_url: SecretStr | None = Field(
        default=None,
        validation_alias="SMTP_URL",
        max_length=500,
        description="Mail server: `smtp://user:password@host:587` (STARTTLS) or `smtps://...:465`.",
    )
    email_from: str | None = Field(
        default=None,
        max_length=254,
        pattern=r"^([^@\s<>]+@[^@\s<>]+)?$",
        description="Sender of e-mail for clients that have none of their own.",
    )

    @field_validator("smtp_url")
    @classmethod
    def _of_a_mail_server(cls, url: SecretStr | None) -> SecretStr | None:
        text = url.get_secret_value().strip() if url else ""
        if text and not text.startswith(("smtp://", "smtps://")):
            raise ValueError("must begin with smtp:// or smtps://")
        return SecretStr(text) if text else None

    @field_validator("public_url", "twilio_account_sid", "twilio_api_key", "vapi_credential_id", "email_from")
    @classmethod
    def _unset_where_empty(cls, value: str | None) -> str | None:
        """What a host's form leaves empty is not set."""
        return value or None

    @field_validator("twilio_auth_token", "twilio_api_secret", "vapi_api_key", "vapi_webhook_secret")
    @classmethod
    def _none_where_empty(cls, secret: SecretStr | None) -> SecretStr | None:
        """A secret that was pasted may bring a line's end along; an empty one is none."""
        text = secret.get_secret_value().strip() if secret else ""
        return SecretStr(text) if text else None
