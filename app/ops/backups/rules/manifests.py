"""What is written beside a backup: the manifest, the proofs that came later; and erasures and failures."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Document(BaseModel):
    """Base of what is kept in the store: camelCase JSON; members that a later version adds are read over."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, serialize_by_alias=True)


class Table(Document):
    """How many rows a table had, and the sum of its rows' hashes (`hashtextextended`), which any change alters."""

    rows: int = Field(ge=0)
    checksum: str


class Source(Document):
    """What was backed up: which database, as of when."""

    database: str
    server_version: str
    lsn: str
    """Where the server's log stood when the snapshot was taken; a dump holds all before it, and nothing after."""
    snapshot_at: datetime
    migration: str | None
    commit: str | None
    host: str


class Artefact(Document):
    """The dump as it lies in the store, and as it was before it was encrypted."""

    key: str
    bytes: int
    sha256: str
    plain_bytes: int
    plain_sha256: str
    encrypted: bool
    tool_version: str


class Manifest(Document):
    """A backup: written last, so that where it is, all of it is."""

    format: Literal[1] = 1
    id: UUID
    kind: Literal["full"] = "full"
    started_at: datetime
    finished_at: datetime
    duration_seconds: float
    source: Source
    artefact: Artefact
    tables: dict[str, Table]
    structure: list[str]
    """Constraints, indexes and triggers by kind and name, that a restored database has to have."""
    sequences: dict[str, int]


class Proof(Document):
    """What was found when a backup was verified: the level that it reached, or what kept it from that."""

    id: UUID
    backup_id: UUID
    level: int = Field(ge=0, le=4)
    """The highest level that it passed; of one that failed, the level at which it did."""
    passed: bool
    code: str | None = None
    detail: str | None = None
    at: datetime
    duration_seconds: float
    """Of a drill: the measured recovery time."""
    tables: int = 0
    rows_compared: int = 0
    mismatches: list[str] = []
    remarks: list[str] = []
    """What a drill that passed could not do, or did otherwise."""
    steps: dict[str, float] = {}
    """How many seconds each step of a drill took."""
    size_unusual: bool = False
    """The dump is more than 50 % larger or smaller than dumps here usually are: passed, but worth a look."""
    migration: str | None = None
    host: str


class Erasure(Document):
    """A customer who was erased: done again on every backup from before, when it is restored."""

    client_id: UUID
    customer_id: UUID
    at: datetime


class Failure(Document):
    """A backup that came to nothing, as far as the store could be told."""

    id: UUID
    kind: Literal["backup", "verify", "drill", "prune"]
    started_at: datetime
    finished_at: datetime
    code: str
    detail: str
    host: str
