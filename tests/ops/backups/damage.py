"""What bad days, and bad people, do to backups in a store."""

import io
import re
from hashlib import sha256

import pyrage

from app.ops.backups.rules.manifests import Manifest
from app.ops.backups.rules.names import manifest_key
from app.ops.backups.service.context import BackupContext
from tests.ops.backups.conftest import IDENTITY, replace

SHARE = re.compile(rb"^-> X25519 ([A-Za-z0-9+/]{43})$", re.MULTILINE)
"""The sender's part in a header of age (https://age-encryption.org/v1)."""


def stored(context: BackupContext, key: str) -> bytes:
    """Return an object's content."""
    return b"".join(context.store.get(key))


def plain_dump(context: BackupContext, manifest: Manifest) -> bytes:
    """Return a dump as pg_dump wrote it."""
    content = stored(context, manifest.artefact.key)
    return pyrage.decrypt(content, [IDENTITY]) if manifest.artefact.encrypted else content


def flipped(content: bytes, at: int, mask: int = 1) -> bytes:
    """Return content with a bit changed."""
    return content[:at] + bytes([content[at] ^ mask]) + content[at + 1 :]


def foreign_share(content: bytes) -> bytes:
    """Return what is encrypted for us with the sender's share of another message: well formed, and it opens to no key.

    A bit flipped there would now and then leave a header that is no base64 any more.
    """
    other = pyrage.encrypt(b"", [IDENTITY.to_public()])
    (share,), (foreign,) = SHARE.findall(content)[:1], SHARE.findall(other)[:1]
    return content.replace(share, foreign, 1)


def remake(context: BackupContext, manifest: Manifest, content: bytes) -> Manifest:
    """Put content (as stored) in the place of a dump, and seal a manifest that matches it; return that."""
    digests = {"bytes": len(content), "sha256": sha256(content).hexdigest()}
    if not manifest.artefact.encrypted:
        digests |= {"plain_bytes": digests["bytes"], "plain_sha256": digests["sha256"]}
    return seal_again(context, manifest, content, digests)


def remake_plain(context: BackupContext, manifest: Manifest, dump: bytes) -> Manifest:
    """Put a dump in the place of another, encrypted as that was, and seal a manifest that matches it; return that."""
    recipients = context.recipients()
    content = dump
    if manifest.artefact.encrypted:
        sink = io.BytesIO()
        pyrage.encrypt_io(io.BytesIO(dump), sink, recipients)
        content = sink.getvalue()
    plain = {"plain_bytes": len(dump), "plain_sha256": sha256(dump).hexdigest()}
    return seal_again(
        context, manifest, content, {"bytes": len(content), "sha256": sha256(content).hexdigest(), **plain}
    )


def seal_again(context: BackupContext, manifest: Manifest, content: bytes, digests: dict[str, object]) -> Manifest:
    """Put content in the place of a dump, and a manifest with these digests beside it; return that."""
    remade = manifest.model_copy(update={"artefact": manifest.artefact.model_copy(update=digests)})
    replace(context.store, manifest.artefact.key, content)
    replace(context.store, manifest_key(manifest.id), context.seal.write(remade))
    return remade


def swap(context: BackupContext, one: Manifest, other: Manifest) -> None:
    """Exchange the dumps of two backups."""
    first, second = stored(context, one.artefact.key), stored(context, other.artefact.key)
    replace(context.store, one.artefact.key, second)
    replace(context.store, other.artefact.key, first)
