"""What we send to Vapi: assistants, tools, phone numbers and calls, as far as we use them.

Bounds are those of Vapi's API description. `as_json` gives the body of a request; what is not set is not sent, so a
PATCH leaves it as it is.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, SecretStr, field_serializer
from pydantic.alias_generators import to_camel

SERVER_MESSAGES = ("tool-calls", "status-update", "end-of-call-report", "hang", "transfer-destination-request")
"""What Vapi shall tell us. Its default has every turn of a conversation, each with all that was said before."""
TOOL_SECONDS = 10
LONGEST_CALL_SECONDS = 600
"""Then Vapi ends a call."""
DELAY_MILLISECONDS = 2_000
"""So long a caller hears nothing before the assistant says that it takes a moment."""

Name = Annotated[str, Field(min_length=1, max_length=40)]
Identifier = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9_-]+$")]
E164 = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$")]
Spoken = Annotated[str, Field(min_length=1, max_length=1_000)]
Address = Annotated[str, Field(max_length=500, pattern=r"^https?://[^\s]+$")]
Data = dict[str, JsonValue]


class Body(BaseModel):
    """Base of what we send: camelCase on the wire, nothing that we do not know."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    def as_json(self) -> Data:
        """Return the body of a request."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class Backoff(Body):
    """How often Vapi repeats a webhook that was not answered 2xx; by default never."""

    type: Literal["fixed", "exponential"] = "exponential"
    max_retries: int = Field(default=3, ge=0, le=10)
    base_delay_seconds: int = Field(default=1, ge=0, le=10)


class Server(Body):
    """Where Vapi calls us; the credential at Vapi holds the plan by which it proves itself."""

    url: Address
    timeout_seconds: int = Field(default=TOOL_SECONDS, ge=1, le=300)
    credential_id: Identifier | None = None
    backoff_plan: Backoff | None = None


class ToolMessage(Body):
    """What the assistant says while a tool works, or where it failed."""

    type: Literal["request-start", "request-response-delayed", "request-complete", "request-failed"]
    content: Spoken
    timing_milliseconds: int | None = Field(default=None, ge=100, le=120_000)


class Parameter(Body):
    """An argument that Vapi adds after the model's own, which the model cannot see or change.

    `value` may be a template, such as `{{ customer.number }}`.
    """

    key: str = Field(min_length=1, max_length=64, pattern=r"^[a-z_]+$")
    value: str = Field(max_length=500)


class Schema(Body):
    """JSON schema of a tool's arguments."""

    type: Literal["object"] = "object"
    properties: dict[str, Data] = Field(default_factory=dict, max_length=20)
    required: tuple[str, ...] = Field(default=(), max_length=20)


class Function(Body):
    """What the model knows of a tool."""

    name: str = Field(pattern=r"^[a-zA-Z0-9_-]{1,64}$")
    description: Spoken
    parameters: Schema = Schema()


class Tool(Body):
    """A function that the model can have us carry out."""

    type: Literal["function"] = "function"
    function: Function
    server: Server | None = None
    messages: tuple[ToolMessage, ...] = Field(default=(), max_length=10)
    parameters: tuple[Parameter, ...] = Field(default=(), max_length=20)


class ModelMessage(Body):
    """An instruction to the model."""

    role: Literal["system"] = "system"
    content: str = Field(min_length=1, max_length=50_000)


class Model(Body):
    """The language model, its instructions, and the ids of its tools."""

    provider: str = Field(max_length=40)
    model: str = Field(max_length=100)
    messages: tuple[ModelMessage, ...] = Field(default=(), max_length=5)
    tool_ids: tuple[Identifier, ...] = Field(default=(), max_length=50)
    temperature: float = Field(default=0.2, ge=0, le=2)
    max_tokens: int = Field(default=500, ge=50, le=10_000)


class Voice(Body):
    """The voice that speaks."""

    provider: str = Field(max_length=40)
    voice_id: str = Field(max_length=100)


class Transcriber(Body):
    """What hears."""

    provider: str = Field(max_length=40)
    model: str | None = Field(default=None, max_length=100)
    language: str | None = Field(default=None, max_length=20)


class Artifacts(Body):
    """What is kept of a call at Vapi."""

    recording_enabled: bool


class Assistant(Body):
    """An assistant."""

    name: Name
    first_message: Spoken
    model: Model
    server: Server
    voice: Voice | None = None
    transcriber: Transcriber | None = None
    server_messages: tuple[str, ...] = SERVER_MESSAGES
    max_duration_seconds: int = Field(default=LONGEST_CALL_SECONDS, ge=10, le=43_200)
    end_call_message: Spoken | None = None
    voicemail_message: Spoken | None = None
    artifact_plan: Artifacts | None = None
    metadata: Data = Field(default_factory=dict, max_length=20)


class NumberDestination(Body):
    """A telephone that a call is handed over to."""

    type: Literal["number"] = "number"
    number: E164
    message: Spoken | None = None


class PhoneNumber(Body):
    """A number of Twilio's that Vapi answers.

    `sms_enabled` is off, or Vapi takes the number's texts away from us: its default overwrites Twilio's webhook.
    """

    provider: Literal["twilio"] = "twilio"
    number: E164
    twilio_account_sid: str = Field(pattern=r"^AC[0-9a-fA-F]{32}$")
    twilio_auth_token: SecretStr | None = Field(default=None, max_length=100)
    twilio_api_key: str | None = Field(default=None, pattern=r"^SK[0-9a-fA-F]{32}$")
    twilio_api_secret: SecretStr | None = Field(default=None, max_length=100)
    sms_enabled: Literal[False] = False
    name: Name | None = None
    assistant_id: Identifier | None = None
    server: Server | None = None
    fallback_destination: NumberDestination | None = None

    @field_serializer("twilio_auth_token", "twilio_api_secret")
    def _said(self, secret: SecretStr | None) -> str | None:
        return secret.get_secret_value() if secret else None


class Customer(Body):
    """Whom a call goes to; `external_id` is our own id of them."""

    number: E164 = Field(repr=False)
    name: Name | None = Field(default=None, repr=False)
    external_id: str | None = Field(default=None, max_length=40)
    number_e164_check_enabled: Literal[True] = Field(default=True, alias="numberE164CheckEnabled")


class Overrides(Body):
    """What is different in this one call; `metadata` comes back in every message about it."""

    variable_values: Mapping[str, str] = Field(default_factory=dict, max_length=30, repr=False)
    metadata: Mapping[str, str] = Field(default_factory=dict, max_length=20)
    first_message: Spoken | None = Field(default=None, repr=False)


class OutboundCall(Body):
    """A call that Vapi shall make."""

    assistant_id: Identifier
    phone_number_id: Identifier
    customer: Customer
    name: Name | None = None
    assistant_overrides: Overrides = Overrides()
