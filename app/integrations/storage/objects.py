"""Any store that speaks S3, through obstore."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

import obstore
from obstore import exceptions
from obstore.store import S3Store

from app.core.errors import AppError
from app.integrations.storage.api import PIECE_BYTES, Source, Stored, checked
from app.integrations.storage.errors import (
    ObjectExists,
    ObjectMissing,
    StoreAddressInvalid,
    StoreFull,
    StoreRefused,
    StoreUnreachable,
)

if TYPE_CHECKING:
    from app.core.config import Settings

PART_BYTES = 8 << 20
"""A part of an upload: three at a time are held in memory, and 10,000 of them (the most S3 takes) are 80 GB."""
CONNECT, ANSWER, PERSIST = timedelta(seconds=5), timedelta(seconds=30), timedelta(seconds=45)
"""For a connection, for the next bytes of an answer (or to take a part), and after which nothing is tried again."""
WHOLE_REQUEST = timedelta(hours=12)
"""For one request as a whole: a dump comes as slowly as its reader takes it."""
BUCKET = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{1,254}")
STATUS, CODE = re.compile(r"status code: (\d{3})"), re.compile(r"<Code>(\w+)</Code>")


class Objects:
    """Objects in a bucket, below a prefix.

    What fits in one part is written by one request that stores no second object under a key; where a store knows
    no such condition, and for what comes in several parts, the key is looked up before.
    """

    offsite = True

    def __init__(self, bucket: str, prefix: str, settings: "Settings", *, patience: timedelta = ANSWER) -> None:
        if not BUCKET.fullmatch(bucket) or ".." in prefix.split("/"):
            raise StoreAddressInvalid
        self.location = f"s3://{bucket}/{prefix}".rstrip("/")
        endpoint = settings.backup_s3_endpoint
        options: dict[str, Any] = {"endpoint": endpoint} if endpoint else {}
        if settings.aws_access_key_id and settings.aws_secret_access_key:
            options["access_key_id"] = settings.aws_access_key_id.get_secret_value()
            options["secret_access_key"] = settings.aws_secret_access_key.get_secret_value()
        self._conditions = True
        self._store = S3Store(
            bucket,
            prefix=prefix or None,
            region=settings.aws_region,
            virtual_hosted_style_request=endpoint is None,
            disable_bulk_delete=True,  # not every store knows it, and we delete one by one
            client_options={
                "connect_timeout": min(CONNECT, patience),
                "read_timeout": patience,
                "timeout": WHOLE_REQUEST,
                "allow_http": bool(endpoint and endpoint.startswith("http://")),
            },
            retry_config={"max_retries": 3, "retry_timeout": min(PERSIST, patience * 1.5)},
            **options,
        )

    def put(self, key: str, pieces: Iterable[bytes]) -> None:
        """Write an object; parts are an object only when all have come; see `Store.put`."""
        checked(key)
        source = Source(pieces)
        first = _gathered(source)
        with _told(source):
            if key in self._listed(key):
                raise ObjectExists
            if len(first) < PART_BYTES:
                self._put_at_once(key, first)
            else:
                whole = chain([first], source)
                obstore.put(self._store, key, whole, use_multipart=True, chunk_size=PART_BYTES, max_concurrency=2)

    def get(self, key: str) -> Iterator[bytes]:
        """Return an object's content; see `Store.get`."""
        checked(key)
        with _told():
            for piece in obstore.get(self._store, key).stream(min_chunk_size=PIECE_BYTES):
                yield bytes(piece)

    def list(self, prefix: str = "") -> dict[str, Stored]:
        """Return all objects whose keys begin so, however many; the store's own prefix is no part of a key."""
        with _told():
            return self._listed(prefix)

    def delete(self, key: str) -> None:
        """Delete an object, if there is one."""
        checked(key)
        with _told(), suppress(FileNotFoundError):
            obstore.delete(self._store, key)

    def sweep(self, before: datetime) -> int:
        """Do nothing: parts of uploads that were given up are the store's to remove, by a rule of the bucket."""
        return 0

    def _listed(self, prefix: str) -> dict[str, Stored]:
        folder = prefix.rpartition("/")[0]
        found = [each for page in obstore.list(self._store, folder or None) for each in page]
        return {
            each["path"]: Stored(each["size"], each["last_modified"], each["e_tag"] or "")
            for each in found
            if each["path"].startswith(prefix)
        }

    def _put_at_once(self, key: str, content: bytes) -> None:
        if self._conditions:
            try:
                obstore.put(self._store, key, content, mode="create", use_multipart=False)
                return
            except exceptions.AlreadyExistsError:
                # An attempt whose answer got lost is repeated, and meets what it wrote itself.
                if bytes(obstore.get(self._store, key).bytes()) != content:
                    raise
                return
            except exceptions.BaseError as failure:
                if _status(failure) != 501:
                    raise
                self._conditions = False
        obstore.put(self._store, key, content, use_multipart=False)


def _gathered(pieces: Iterator[bytes]) -> bytes:
    """Take pieces until they make a part, or end."""
    taken, size = [], 0
    while size < PART_BYTES and (piece := next(pieces, None)) is not None:
        taken.append(piece)
        size += len(piece)
    return b"".join(taken)


@contextmanager
def _told(source: Source | None = None) -> Iterator[None]:
    """Name what the store says. Its own words end here: they may hold the name of a key."""
    try:
        yield
    except Exception as failure:
        if source and source.failure:
            raise source.failure from None
        if not isinstance(failure, exceptions.BaseError | FileNotFoundError):
            raise
        raise _named(failure) from None


def _named(failure: Exception) -> AppError:
    said, status = str(failure), _status(failure)
    code = found[1] if (found := CODE.search(said)) else None
    if code == "NoSuchBucket":
        return StoreRefused("The store has no such bucket: look at APP_BACKUP_URL.")
    if isinstance(failure, FileNotFoundError):
        return ObjectMissing()
    if isinstance(failure, exceptions.AlreadyExistsError):
        return ObjectExists()
    if status == 507:
        return StoreFull()
    if isinstance(failure, exceptions.PermissionDeniedError | exceptions.UnauthenticatedError) or _refuses(status):
        word = f" ({code})" if code else ""
        return StoreRefused(f"The store of backups refuses this{word}: look at its keys and at what they may do.")
    return StoreUnreachable()


def _status(failure: Exception) -> int | None:
    found = STATUS.search(str(failure))
    return int(found[1]) if found else None


def _refuses(status: int | None) -> bool:
    """Tell whether a status means that asking again is no use."""
    return status is not None and 300 <= status < 500 and status not in {408, 429}
