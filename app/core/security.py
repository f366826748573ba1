"""Secrets: hashing, comparing, encrypting."""

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def digest(secret: str) -> bytes:
    """Return the SHA-256 of a random secret. Only for secrets of 128 bits and more: nothing slows a guess down."""
    return hashlib.sha256(secret.encode()).digest()


def same(left: bytes, right: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(left, right)


def new_token() -> str:
    """Return a random URL-safe token of 192 bits."""
    return base64.urlsafe_b64encode(secrets.token_bytes(24)).decode()


class Vault:
    """Encrypts what must be kept but not read in the database: AES-256-GCM under a key from the environment."""

    def __init__(self, secret: str) -> None:
        self._cipher = AESGCM(hashlib.sha256(b"vault:" + secret.encode()).digest())

    def seal(self, plain: bytes, *, context: bytes) -> bytes:
        """Return nonce and ciphertext; it opens only under the same context."""
        nonce = os.urandom(12)
        return nonce + self._cipher.encrypt(nonce, plain, context)

    def open(self, sealed: bytes, *, context: bytes) -> bytes | None:
        """Return the plain bytes, or None if the key has changed or the bytes were tampered with."""
        try:
            return self._cipher.decrypt(sealed[:12], sealed[12:], context)
        except InvalidTag:
            return None


def local_secret(directory: Path) -> str:
    """Return the secret of this machine outside production, made once and kept in a file for its owner alone.

    All processes on the machine get the same one, also when they start at the same moment.
    """
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "secret_key"
    draft = directory / f".secret_key.{os.getpid()}"
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_hex(32))
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text()
