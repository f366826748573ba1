"""The two kinds of stores, each empty and with a fault-free way to it."""

import secrets
from collections.abc import Callable
from datetime import timedelta

import pytest

from app.core.config import Settings
from app.integrations.storage.api import Store
from app.integrations.storage.folder import Folder
from app.integrations.storage.objects import Objects
from tests import s3

PATIENT, IMPATIENT = timedelta(seconds=20), timedelta(milliseconds=250)

MakeObjects = Callable[..., Objects]


def objects_at(
    endpoint: str, prefix: str, *, bucket: str = s3.BUCKET, patience: timedelta = PATIENT, **others: str
) -> Objects:
    """Return a store in the bucket of the S3 server."""
    settings = Settings.model_validate({"env": "test", **s3.settings(endpoint, prefix, **others)})
    return Objects(bucket, prefix, settings, patience=patience)


@pytest.fixture
def folder(tmp_path) -> Folder:
    """A folder that is not there yet."""
    return Folder(tmp_path / "some" / "store")


@pytest.fixture
def prefix() -> str:
    """A place in the bucket that no other test has."""
    return f"tests/{secrets.token_hex(6)}"


@pytest.fixture
def objects(s3_server, prefix) -> Objects:
    """Objects in the S3 server."""
    return objects_at(s3_server.endpoint, prefix)


@pytest.fixture
def proxied(s3_proxy, prefix) -> Objects:
    """Objects behind the proxy that has bad days."""
    return objects_at(s3_proxy.endpoint, prefix)


@pytest.fixture
def hasty(s3_proxy, prefix) -> Objects:
    """The same, with little patience."""
    return objects_at(s3_proxy.endpoint, prefix, patience=IMPATIENT)


@pytest.fixture(params=["folder", "objects"])
def store(request) -> Store:
    """Each kind of store in turn."""
    made: Store = request.getfixturevalue(request.param)
    return made


def content(store: Store, key: str) -> bytes:
    """Return an object's content."""
    return b"".join(store.get(key))
