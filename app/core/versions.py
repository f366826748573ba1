"""Optimistic locking: a change names the version that it was made from."""

import re
from typing import Annotated, Protocol, TypeVar

from fastapi import Depends, Header, Response

from app.core.errors import AppError, Conflict
from app.core.schemas import Version, Wire

_ETAG = re.compile(r'^(?:W/)?"(\d{1,10})"$')


class PreconditionFailed(AppError):
    """`If-Match` names another version than the present one."""

    status, detail = 412, "It has changed since; read it again and repeat the change on what is there now."


class PreconditionRequired(AppError):
    """A change must say which version it was made from."""

    status, detail = 428, "Send the version you read, as If-Match or as version in the body."


class VersionConflict(Conflict):
    """`version` in the body is not the present one."""

    detail = "It has changed since; read it again and repeat the change on what is there now."


OUTDATED = (VersionConflict, PreconditionFailed)
"""How an act is refused that was meant for another version."""

OUTDATED_CHANGE = (*OUTDATED, PreconditionRequired)
"""How a change is refused that was made from another version, or does not say from which."""


async def _if_match(if_match: Annotated[str | None, Header(max_length=200)] = None) -> str | None:
    return if_match


IfMatch = Annotated[str | None, Depends(_if_match)]
"""The raw `If-Match` header."""


class VersionStated(Wire):
    """The optional body of an act that needs nothing else: the version that it is meant for."""

    version: Version | None = None


async def _stated(request: VersionStated | None = None) -> int | None:
    return request.version if request is not None else None


StatedVersion = Annotated[int | None, Depends(_stated)]
"""The `version` in the body of an act that needs nothing else."""


def check_version(current: int, *, if_match: str | None, version: int | None, required: bool = False) -> None:
    """Refuse a change made from another version than the current one.

    Raises:
        PreconditionFailed: `If-Match` does not name the current version.
        VersionConflict: the body's `version` is another.
        PreconditionRequired: neither is given though the route requires one (every PATCH does).
    """
    if if_match is not None and if_match.strip() != "*":
        tags = [_ETAG.match(tag.strip()) for tag in if_match.split(",")]
        if current not in [int(tag.group(1)) for tag in tags if tag]:
            raise PreconditionFailed
    if version is not None and version != current:
        raise VersionConflict
    if required and if_match is None and version is None:
        raise PreconditionRequired


class _Versioned(Protocol):
    @property
    def version(self) -> int: ...


_Answer = TypeVar("_Answer", bound=_Versioned)


class _Tag:
    def __init__(self, response: Response) -> None:
        self._response = response

    def __call__(self, answer: _Answer) -> _Answer:
        self._response.headers["ETag"] = f'"{answer.version}"'
        return answer


async def _tag(response: Response) -> _Tag:
    return _Tag(response)


Tag = Annotated[_Tag, Depends(_tag)]
"""Tells an answer's version in the `ETag`, and gives the answer back: `return tag(await service.read(...))`."""
