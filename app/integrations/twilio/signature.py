"""Whether Twilio has signed a webhook: HMAC over the address that it called and the form that it posted.

The rule is Twilio's own (`request_validator.py` of twilio-python 9.13): the address, then every field's name and value,
names in order and a name's values in order and each once. A body that is no form is covered by its SHA-256 in the
address. With a shared key a header names the key and the algorithm.
"""

import hmac
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr

from app.core.security import same
from app.integrations.twilio.errors import FormUnreadable, SignatureInvalid
from app.integrations.twilio.payloads import LARGEST_FORM_BYTES, Form, read_form

Algorithm = Literal["HMAC_SHA1", "HMAC_SHA256"]

FORM = "application/x-www-form-urlencoded"
SIGNATURE_HEADER = "x-twilio-signature"
SETTINGS_HEADER = "x-twilio-webhooks-signature-settings"
BODY_HASH = "bodySHA256"
MOST_QUERY_FIELDS = 100

_DIGESTS: Mapping[str, tuple[Algorithm, str]] = {
    "HMAC_SHA1": ("HMAC_SHA1", "sha1"),
    "HMAC_SHA256": ("HMAC_SHA256", "sha256"),
}
_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[^\]/?#]*\]|[^/?#:\[\]]+)(?P<port>:[0-9]*)?(?P<rest>.*)", re.DOTALL
)
_PORTS = {"http": ":80", "https": ":443"}


@dataclass(frozen=True, slots=True)
class Secrets:
    """What webhooks are signed with: the account's auth token, or shared keys by their ids. Without any: refused."""

    token: SecretStr | None = None
    shared: Mapping[str, SecretStr] = field(default_factory=dict)


def sign(url: str, params: Form, secret: str, algorithm: Algorithm = "HMAC_SHA1") -> str:
    """Return the signature (base64) of a webhook to `url` with the fields `params`, as Twilio makes it."""
    parts = [url]
    for name in sorted(params):
        parts += [name + value for value in sorted(set(params[name]))]
    message = "".join(parts).encode("utf-8", "surrogatepass")
    digest = hmac.new(secret.encode(), message, _DIGESTS[algorithm][1]).digest()
    return b64encode(digest).decode()


def verify(*, url: str, headers: Mapping[str, str], body: bytes, content_type: str | None, secrets: Secrets) -> None:
    """Return if Twilio has signed this request.

    `url` is what Twilio calls us by: the configured public address with this request's path and query as they came;
    never the Host header, which is whatever the caller says. The `#` part of an address is not signed.

    Raises:
        SignatureInvalid: it has not, or there is nothing to check that with. Which part is wrong is not said.
    """
    named = {name.lower(): value for name, value in headers.items()}
    secret, algorithm = _means(named.get(SETTINGS_HEADER, ""), secrets)
    params = _signed_params(url, body, content_type)
    given = named.get(SIGNATURE_HEADER, "").strip().encode("utf-8", "surrogatepass")
    matches = [same(sign(variant, params, secret, algorithm).encode(), given) for variant in _variants(url)]
    if not any(matches):
        raise SignatureInvalid


def _means(settings: str, secrets: Secrets) -> tuple[str, Algorithm]:
    """Return the secret and the algorithm that the header of shared keys names, or the auth token and SHA-1."""
    if not settings.strip():
        return _known(secrets.token), "HMAC_SHA1"
    pairs = [part.partition("=") for part in settings.split(",")]
    named = {name.strip(): value.strip() for name, _, value in pairs}
    if named.get("algorithm", "").upper() not in _DIGESTS:
        raise SignatureInvalid
    return _known(secrets.shared.get(named.get("key", ""))), _DIGESTS[named["algorithm"].upper()][0]


def _known(secret: SecretStr | None) -> str:
    text = secret.get_secret_value() if secret else ""
    if not text:
        raise SignatureInvalid
    return text


def _signed_params(url: str, body: bytes, content_type: str | None) -> Form:
    """Return the fields that are signed; a body that is no form has none, and the address must hold its hash."""
    if len(body) > LARGEST_FORM_BYTES:
        raise SignatureInvalid
    if (content_type or "").partition(";")[0].strip().lower() == FORM:
        try:
            return read_form(body)
        except FormUnreadable:
            raise SignatureInvalid from None
    try:
        hashes = parse_qs(urlsplit(url).query, max_num_fields=MOST_QUERY_FIELDS).get(BODY_HASH, [])
    except ValueError:
        raise SignatureInvalid from None
    if (body or hashes) and not _is_hash_of(body, hashes):
        raise SignatureInvalid
    return {}


def _is_hash_of(body: bytes, hashes: list[str]) -> bool:
    given = hashes[0].lower().encode("utf-8", "surrogatepass") if len(hashes) == 1 else b""
    return same(sha256(body).hexdigest().encode(), given)


def _variants(url: str) -> list[str]:
    """Return the address as Twilio may have signed it, with its port and without: it does now one, now the other."""
    parts = _ADDRESS.fullmatch(url.partition("#")[0])
    if parts is None:
        raise SignatureInvalid
    scheme, host, port, rest = parts.group("scheme", "host", "port", "rest")
    bare = f"{scheme}://{host}{rest}"
    return [bare, f"{scheme}://{host}{port or _PORTS[scheme]}{rest}"]
