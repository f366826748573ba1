"""Proof that a webhook is Vapi's, in each way in which Vapi can prove it (its `authenticationPlan`).

Fields and defaults are those of Vapi's API description (`BearerAuthenticationPlan`, `HMACAuthenticationPlan`). HMAC
alone proves the body. A proof with a timestamp is good for five minutes; within them the same request can come again,
and what it asks for is told apart by the ids of calls and tool calls, not here.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from app.core.security import same
from app.integrations.vapi.errors import SignatureInvalid

TOLERANCE_SECONDS = 300
MOST_SIGNATURES = 8
"""So many are looked at: while a secret is changed, Standard Webhooks sends one for the old and one for the new."""
LONGEST_PROOF = 4_000
_MILLISECONDS_ABOVE = 1_000_000_000_000
_TOKEN = re.compile(r"\{([^{}]*)\}")
_TOKENS = {"body", "timestamp", "method", "url", "svix-id"}

HeaderName = Annotated[str, Field(max_length=100, pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]*$")]


@dataclass(frozen=True, slots=True)
class Shown:
    """What came: names of headers are in lower case."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    now: datetime


class _Form(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    default_headers: ClassVar[Mapping[str, str]] = {}

    def named(self, field: str) -> str:
        """Return the lower-case name of a header; an empty one stands for the default, as in Vapi's dashboard."""
        return (getattr(self, field) or self.default_headers[field]).lower()


class Bearer(_Form):
    """A token in a header. With `X-Vapi-Secret` and no prefix this is Vapi's old `secret`."""

    type: Literal["bearer"]
    header_name: HeaderName = "Authorization"
    bearer_prefix_enabled: bool = True

    default_headers: ClassVar[Mapping[str, str]] = {"header_name": "Authorization"}

    def key(self, secret: str) -> bytes:
        """Return what the token is compared with."""
        return secret.encode()

    def check(self, shown: Shown, key: bytes) -> None:
        """Raise SignatureInvalid unless the token came."""
        said = _header(shown, self.named("header_name"))
        if self.bearer_prefix_enabled:
            scheme, _, said = said.partition(" ")
            if scheme.lower() != "bearer":
                raise SignatureInvalid("missing")
        if not same(said.strip().encode("utf-8", "replace"), key):
            raise SignatureInvalid


class Hmac(_Form):
    """A signature in a header.

    The time is asked for where the signed text has it; a timestamp that nobody signed would prove nothing.
    """

    type: Literal["hmac"]
    algorithm: Literal["sha256", "sha512", "sha1"] = "sha256"
    signature_header: HeaderName = ""
    timestamp_header: HeaderName = ""
    signature_prefix: str = Field(default="", max_length=50)
    include_timestamp: bool = True
    payload_format: str = Field(default="", max_length=200)
    message_id_header: HeaderName = ""
    signature_encoding: Literal["hex", "base64"] = "hex"
    secret_is_base64: bool = False

    default_headers: ClassVar[Mapping[str, str]] = {
        "signature_header": "x-signature",
        "timestamp_header": "x-timestamp",
        "message_id_header": "",
    }

    @property
    def signed(self) -> str:
        """What is signed, with tokens in braces."""
        return self.payload_format or ("{timestamp}.{body}" if self.include_timestamp else "{body}")

    @model_validator(mode="after")
    def _provable(self) -> Self:
        """Refuse what cannot be verified, or would prove nothing."""
        tokens = set(_TOKEN.findall(self.signed))
        if unknown := tokens - _TOKENS:
            raise ValueError(f"payloadFormat has the unknown token {{{min(unknown)}}}")
        if "body" not in tokens:
            raise ValueError("payloadFormat must have {body}, or nothing in the body is proven")
        if "timestamp" in tokens and not self.include_timestamp:
            raise ValueError("payloadFormat has {timestamp}, but includeTimestamp is off")
        if "svix-id" in tokens and not self.message_id_header:
            raise ValueError("payloadFormat has {svix-id}: say in messageIdHeader where it comes")
        return self

    def key(self, secret: str) -> bytes:
        """Return the key; `whsec_`, which Standard Webhooks puts before a secret, is no part of it."""
        if not self.secret_is_base64:
            return secret.encode()
        try:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("secretIsBase64 is on, but the secret is not base64") from None

    def check(self, shown: Shown, key: bytes) -> None:
        """Raise SignatureInvalid unless one of the signatures is right, and not old."""
        said = _header(shown, self.named("signature_header"))
        text = self._text(shown)
        made = hmac.new(key, text, getattr(hashlib, self.algorithm)).digest()
        expected = made.hex().encode() if self.signature_encoding == "hex" else base64.b64encode(made)
        found = [same(self._bare(each), expected) for each in said.split()[:MOST_SIGNATURES]]
        if not any(found):
            raise SignatureInvalid

    def _bare(self, signature: str) -> bytes:
        bare = signature.removeprefix(self.signature_prefix) if signature.startswith(self.signature_prefix) else ""
        return (bare.lower() if self.signature_encoding == "hex" else bare).encode("utf-8", "replace")

    def _text(self, shown: Shown) -> bytes:
        """Return what must have been signed. Tokens that occur in the body are the body's own."""
        parts: dict[str, Callable[[], bytes]] = {
            "body": lambda: shown.body,
            "timestamp": lambda: _fresh(_header(shown, self.named("timestamp_header")), shown.now),
            "method": lambda: shown.method.upper().encode(),
            "url": lambda: shown.url.encode("utf-8", "replace"),
            "svix-id": lambda: _header(shown, self.named("message_id_header")).encode("latin-1", "replace"),
        }
        pieces = _TOKEN.split(self.signed)  # text, token, text, token, ..., text
        return b"".join(parts[each]() if place % 2 else each.encode() for place, each in enumerate(pieces))


_FORM: TypeAdapter[Bearer | Hmac] = TypeAdapter(Annotated[Bearer | Hmac, Field(discriminator="type")])


@dataclass(frozen=True, slots=True)
class Plan:
    """How webhooks prove themselves; without a key none can."""

    form: Bearer | Hmac
    key: bytes | None = field(default=None, repr=False)

    @classmethod
    def of(cls, settings: Mapping[str, object], secret: SecretStr | None) -> "Plan":
        """Return the plan in `APP_VAPI_WEBHOOK_PLAN` with the secret in `VAPI_WEBHOOK_SECRET`.

        Raises:
            ValueError: the plan cannot be followed. The text says in one line why, without the secret.
        """
        if settings.get("type") == "oauth2":
            raise ValueError("type oauth2 needs a token endpoint, which there is none of here: use hmac or bearer")
        if misplaced := {"token", "secretKey"}.intersection(settings):
            raise ValueError(f"{min(misplaced)} does not belong here: set VAPI_WEBHOOK_SECRET")
        try:
            form = _FORM.validate_python(settings)
        except ValidationError as failure:
            raise ValueError("; ".join(_complaint(each) for each in failure.errors())) from None
        given = secret.get_secret_value() if secret else ""
        return cls(form, form.key(given) if given else None)


def verify(plan: Plan, *, method: str, url: str, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Check that a request is Vapi's; `url` is the public one, `headers` are as they came.

    Raises:
        SignatureInvalid: it is not proven, or there is no secret to prove it with.
    """
    if not plan.key:
        raise SignatureInvalid("no_secret")
    lower = {name.lower(): value for name, value in headers.items()}
    plan.form.check(Shown(method, url, lower, body, now), plan.key)


def _header(shown: Shown, name: str) -> str:
    """Return a header that must be there."""
    value = shown.headers.get(name, "")
    if not value or len(value) > LONGEST_PROOF:
        raise SignatureInvalid("missing")
    return value


def _fresh(timestamp: str, now: datetime) -> bytes:
    """Return a timestamp that is not old; in seconds, or in milliseconds, for Vapi does not say which it sends."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 16):
        raise SignatureInvalid("stale")
    at = int(timestamp)
    seconds = at / 1000 if at > _MILLISECONDS_ABOVE else at
    if abs(now.timestamp() - seconds) > TOLERANCE_SECONDS:
        raise SignatureInvalid("stale")
    return timestamp.encode()


def _complaint(fault: ErrorDetails) -> str:
    """Return what is wrong with a field, without what was in it."""
    place = ".".join(str(part) for part in fault["loc"] if part not in {"bearer", "hmac"})
    said = fault["msg"].removeprefix("Value error, ")
    return f"{place}: {said}" if place else said
