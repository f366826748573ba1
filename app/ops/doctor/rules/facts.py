"""What the doctor has seen, before anybody makes sense of it. What was not seen is None: unknown, never well."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from app.ops.probes.rules import Schema


class Failure(Enum):
    """Why no answer came."""

    refused = "refused"
    name_unknown = "name_unknown"
    silent = "silent"
    tls = "tls"
    closed = "closed"
    other = "other"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one address of the service answered: a status and a JSON object, or why nothing came.

    `routing` is what Render says when it is not our service that answers.
    """

    status: int | None = None
    said: Mapping[str, Any] = field(default_factory=dict)
    failure: Failure | None = None
    routing: str | None = None


@dataclass(frozen=True, slots=True)
class DatabaseSeen:
    """What the database itself said, at `place` (never with a password).

    `sqlstate` is why the server refused; `port_open` whether something takes connections there at all. `revision` is
    the migration that the database is at, None before the first; `schema` is None where it may not be read.
    `waiting_seconds` is how long the oldest job that is due has waited, `worked_seconds` how long ago a worker last
    began a periodic task; None: there is none.
    """

    place: str
    failure: Failure | None = None
    sqlstate: str | None = None
    port_open: bool | None = None
    encryption_wanted: bool = False
    version: int | None = None
    connections: int | None = None
    usable_connections: int | None = None
    revision: str | None = None
    schema: Schema | None = None
    held_jobs: int | None = None
    waiting_seconds: float | None = None
    worked_seconds: float | None = None

    @property
    def reached(self) -> bool:
        """Whether it answered a question."""
        return self.version is not None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that was collected. `answers` are by path; `settings_problems` are lines without a value in them."""

    url: str
    key_given: bool = True
    answers: Mapping[str, Answer] = field(default_factory=dict)
    settings_problems: tuple[str, ...] = ()
    database: DatabaseSeen | None = None

    def answer(self, path: str) -> Answer:
        """Return what a path answered; nothing where it was not asked."""
        return self.answers.get(path, Answer())

    @property
    def alive(self) -> bool:
        """Whether our service answers at all."""
        answer = self.answer("/health/live")
        return answer.status in {200, 503} and isinstance(answer.said.get("status"), str)

    @property
    def serving(self) -> bool:
        """Whether the service reaches its database now."""
        return self.answer("/health/lb").status == 200

    def ask(self, path: str, *, method: str = "GET") -> str:
        """Return the command that asks a path of the service."""
        verb = "" if method == "GET" else f"-X {method} "
        return f'curl -s -m 5 {verb}-H "X-API-Key: $API_KEY" {shlex.quote(self.url + path)}'

    @property
    def again(self) -> str:
        """The command that looks again."""
        return f"booking ops doctor --url {shlex.quote(self.url)}"


def found(said: Mapping[str, Any], path: str) -> Any:
    """Return a member by its dotted path, None where it is absent."""
    value: Any = said
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def number(said: Mapping[str, Any], path: str) -> float | None:
    """Return a number by its dotted path, None where there is none."""
    value = found(said, path)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def word(said: Mapping[str, Any], path: str) -> str | None:
    """Return a text by its dotted path, None where there is none."""
    value = found(said, path)
    return value if isinstance(value, str) else None


def items(said: Mapping[str, Any], path: str) -> list[Mapping[str, Any]]:
    """Return the objects of a list by its dotted path; empty where there is none."""
    value = found(said, path)
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def texts(said: Mapping[str, Any], path: str) -> list[str]:
    """Return the texts of a list by its dotted path, fit to be printed; empty where there is none."""
    value = found(said, path)
    return [words(each, most=60) for each in value] if isinstance(value, list) else []


def words(value: object, *, most: int = 200) -> str:
    """Return what an answer says, fit to be printed: one line, no control characters, not too long."""
    shown = "".join(letter if letter.isprintable() else " " for letter in str(value))
    return shown if len(shown) <= most else shown[: most - 1] + "…"
