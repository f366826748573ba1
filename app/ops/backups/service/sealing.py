"""Seals on what lies in the store, so that an edit shows."""

import hmac
from hashlib import sha256
from typing import Any, TypeVar

import orjson
from pydantic import ValidationError

from app.ops.backups.errors import ManifestDamaged, ManifestEdited, ManifestSealedElsewhere
from app.ops.backups.rules.manifests import Document

D = TypeVar("D", bound=Document)


class Seal:
    """Seals documents with a key drawn from the service's secret (HMAC-SHA-256), and tells which key that was."""

    def __init__(self, secret: str) -> None:
        self._key = sha256(b"backups:" + secret.encode()).digest()
        self.name = sha256(b"name:" + self._key).hexdigest()[:16]

    def write(self, document: Document) -> bytes:
        """Return a document as it is stored."""
        content = document.model_dump(mode="json", by_alias=True)
        return orjson.dumps(
            {**content, "seal": {"key": self.name, "hmac": self._of(content)}}, option=orjson.OPT_INDENT_2
        )

    def read(self, kind: type[D], stored: bytes) -> D:
        """Return a stored document.

        Raises:
            ManifestDamaged: it is none, not of this kind, or deeper nested than any of ours.
            ManifestEdited: it was changed.
            ManifestSealedElsewhere: it was sealed with another key.
        """
        content, seal = self._apart(stored)
        if seal.get("key") != self.name:
            raise ManifestSealedElsewhere
        try:
            genuine = self._of(content)
        except orjson.JSONEncodeError:  # more can be read than can be written
            raise ManifestDamaged from None
        if not hmac.compare_digest(genuine.encode(), str(seal.get("hmac")).encode()):
            raise ManifestEdited
        return _parsed(kind, content)

    def read_unsealed(self, kind: type[D], stored: bytes) -> D:
        """Return a stored document of whatever seal: for a recovery without the secret.

        Raises:
            ManifestDamaged: it is none, or not of this kind.
        """
        return _parsed(kind, self._apart(stored)[0])

    @staticmethod
    def _apart(stored: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
        try:
            content = orjson.loads(stored)
            seal = content.pop("seal")
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            raise ManifestDamaged from None
        if not isinstance(content, dict) or not isinstance(seal, dict):
            raise ManifestDamaged
        return content, seal

    def _of(self, content: dict[str, Any]) -> str:
        return hmac.new(self._key, orjson.dumps(content, option=orjson.OPT_SORT_KEYS), sha256).hexdigest()


def _parsed(kind: type[D], content: dict[str, Any]) -> D:
    try:
        return kind.model_validate(content)
    except ValidationError:
        raise ManifestDamaged from None
