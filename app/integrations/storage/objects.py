"""Any store that speaks S3, through obstore."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import obstore
from obstore import exceptions
from obstore.store import S3Store

from app.integrations.storage.api import PIECE_BYTES, Stored
from app.integrations.storage.errors import ObjectExists, ObjectMissing, StoreRefused, StoreUnreachable

if TYPE_CHECKING:
    from app.core.config import Settings

PART_BYTES = 8 << 20
"""A part of an upload: two at a time are held in memory, and 10,000 of them (the most S3 takes) are 80 GB."""
CONNECT, ANSWER, PERSIST = timedelta(seconds=5), timedelta(seconds=30), timedelta(seconds=45)
"""For a connection, for an answer, and for all attempts of one request together."""


class Objects:
    """Objects in a bucket, below a prefix."""

    offsite = True

    def __init__(self, bucket: str, prefix: str, settings: "Settings", *, patience: timedelta = ANSWER) -> None:
        self.location = f"s3://{bucket}/{prefix}".rstrip("/")
        endpoint = settings.backup_s3_endpoint
        options: dict[str, Any] = {"endpoint": endpoint} if endpoint else {}
        if settings.aws_access_key_id and settings.aws_secret_access_key:
            options["access_key_id"] = settings.aws_access_key_id.get_secret_value()
            options["secret_access_key"] = settings.aws_secret_access_key.get_secret_value()
        self._store = S3Store(
            bucket,
            prefix=prefix or None,
            region=settings.aws_region,
            virtual_hosted_style_request=endpoint is None,
            client_options={
                "connect_timeout": min(CONNECT, patience),
                "timeout": patience,
                "allow_http": bool(endpoint and endpoint.startswith("http://")),
            },
            retry_config={"max_retries": 3, "retry_timeout": min(PERSIST, patience * 1.5)},
            **options,
        )

    def put(self, key: str, pieces: Iterable[bytes]) -> None:
        """Write an object in parts, which are an object only when all have come; see `Store.put`."""
        with _told():
            if key in self.list(key):
                raise ObjectExists
            obstore.put(self._store, key, iter(pieces), use_multipart=True, chunk_size=PART_BYTES, max_concurrency=2)

    def get(self, key: str) -> Iterator[bytes]:
        """Return an object's content; see `Store.get`."""
        with _told():
            for piece in obstore.get(self._store, key).stream(min_chunk_size=PIECE_BYTES):
                yield bytes(piece)

    def list(self, prefix: str = "") -> dict[str, Stored]:
        """Return all objects whose keys begin so, however many; the store's own prefix is no part of a key."""
        with _told():
            folder = prefix.rpartition("/")[0]
            found = [each for page in obstore.list(self._store, folder or None) for each in page]
        return {
            each["path"]: Stored(each["size"], each["last_modified"], each["e_tag"] or "")
            for each in found
            if each["path"].startswith(prefix)
        }

    def delete(self, key: str) -> None:
        """Delete an object, if there is one."""
        with _told():
            obstore.delete(self._store, key)


@contextmanager
def _told() -> Iterator[None]:
    """Name what the store says."""
    try:
        yield
    except (exceptions.NotFoundError, FileNotFoundError):
        raise ObjectMissing from None
    except exceptions.AlreadyExistsError:
        raise ObjectExists from None
    except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError) as failure:
        raise StoreRefused from failure
    except exceptions.BaseError as failure:
        # A refused listing comes as a general error; its text tells the status.
        refused = any(status in str(failure) for status in ("401 Unauthorized", "403 Forbidden", "404 Not Found"))
        raise (StoreRefused if refused else StoreUnreachable) from failure
