"""What can be wrong with a key or a client."""

from typing import Any

from app.core.errors import BadRequest, Conflict, Forbidden, Invalid, NotFound, Unauthorized


class KeyRefused(Unauthorized):
    """Base of every 401; the answer names the scheme, as RFC 9110 demands."""

    def __init__(self, detail: str | None = None, **extra: Any) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": 'Bearer realm="booking"'}, **extra)


class MissingKey(KeyRefused):
    """No key came with the request."""


class ConflictingKeys(KeyRefused):
    """Two headers hold two different keys."""

    detail = "The request holds two different keys; send one."


class MalformedKey(KeyRefused):
    """The text is no key; its form or its checksum is wrong, as after a typo or a cut."""

    detail = "That is not a complete key; copy it again, whole."


class UnknownKey(KeyRefused):
    """The key is well formed, but it was never issued here."""

    detail = "There is no such key."


class RevokedKey(KeyRefused):
    """The key was revoked."""

    detail = "This key was revoked."


class ExpiredKey(KeyRefused):
    """The key's time is over, or it was replaced by a rotation."""

    detail = "This key has expired."


class ClientInactive(Forbidden):
    """The client is deactivated: its keys do nothing, and an operator may only read it or activate it again."""

    detail = "This client is deactivated."


class ClientRequired(BadRequest):
    """An operator's request must say which client it is about."""

    detail = "Name the client in X-Client-Key."


class ClientNotFound(NotFound):
    """No such client, or not this key's."""

    detail = "There is no such client."


class ClientKeyTaken(Conflict):
    """Another client has this clientKey; it can never be given again."""

    detail = "Another client has this clientKey."


class KeyNotFound(NotFound):
    """No such key here."""

    detail = "There is no such key here."


class KeyNotActive(Conflict):
    """A revoked or expired key cannot be rotated."""

    detail = "This key is revoked or expired; create a new one."


class ScopeNotGrantable(Forbidden):
    """Nobody can give a key more than they have, and only operators' keys have ops scopes."""

    detail = "A key cannot be given more than your own key may do; ops scopes are for operators alone."


class ExpiryPassed(Invalid):
    """The wanted expiry is not in the future."""

    detail = "expiresAt must lie in the future."
