"""Keyset paging: stable under inserts, one index range a page, opaque cursors."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field

from app.core.clock import in_utc
from app.core.errors import Invalid, ValidationFailed
from app.core.schemas import Wire

Item = TypeVar("Item")
Row = TypeVar("Row")


class InvalidCursor(Invalid):
    """`after` was not taken from a previous page's `nextAfter`."""

    detail = "after must be the nextAfter of the previous page, unchanged."


class Page(Wire, Generic[Item]):
    """One page of a list; `nextAfter` is the `after` of the next one, null on the last."""

    items: list[Item]
    next_after: str | None = Field(default=None, description="Pass it as `after` to get the next page.")


class Paging(Wire):
    """What page is wanted."""

    limit: int
    after: str | None

    def key(self, *types: Callable[[str], Any]) -> tuple[Any, ...] | None:
        """Return the sort key after which the page starts, each part read by its type; None on the first page.

        Raises:
            InvalidCursor: the cursor was made up or belongs to another list.
        """
        if self.after is None:
            return None
        try:
            padded = self.after + "=" * (-len(self.after) % 4)
            parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
            if not isinstance(parts, list) or len(parts) != len(types) or not all(isinstance(p, str) for p in parts):
                raise InvalidCursor
            return tuple(_storable(read(part)) for read, part in zip(types, parts, strict=True))
        except (ValueError, binascii.Error, UnicodeError, RecursionError):
            raise InvalidCursor from None

    def page(self, rows: Sequence[Row], key: Callable[[Row], tuple[Any, ...]]) -> tuple[Sequence[Row], str | None]:
        """Return the page's rows and its cursor, given one row more than `limit` if there are more."""
        if len(rows) <= self.limit:
            return rows, None
        rows = rows[: self.limit]
        return rows, cursor(*key(rows[-1]))


def _storable(part: Any) -> Any:
    """Return a part of a sort key if the database can compare with it.

    Raises:
        ValueError: it cannot: an instant without offset or outside of our times, text that is none.
    """
    if isinstance(part, datetime):
        if part.tzinfo is None:
            raise ValueError("without offset")
        return in_utc(part)
    if isinstance(part, str) and "\0" in part.encode().decode():
        raise ValueError("holds NUL")
    return part


def cursor(*key: Any) -> str:
    """Return the opaque form of a sort key of UUIDs, instants, numbers and strings."""
    parts = [part.isoformat() if isinstance(part, datetime) else str(part) for part in key]
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


_parameters: dict[Callable[..., Any], frozenset[str]] = {}


def _known(route: APIRoute) -> frozenset[str]:
    """Return the names of all parameters that a route reads from the query."""
    if route.endpoint not in _parameters:
        names: set[str] = set()
        waiting = [route.dependant]
        while waiting:
            dependant = waiting.pop()
            waiting += dependant.dependencies
            for parameter in dependant.query_params:
                kind = parameter.field_info.annotation
                if isinstance(kind, type) and issubclass(kind, BaseModel):
                    names |= {field.alias or name for name, field in kind.model_fields.items()}
                else:
                    names.add(parameter.alias)
        _parameters[route.endpoint] = frozenset(names)
    return _parameters[route.endpoint]


async def get_paging(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=200, description="Most items on the page.")] = 50,
    after: Annotated[
        str | None, Query(min_length=1, max_length=500, description="The previous page's `nextAfter`.")
    ] = None,
) -> Paging:
    """Read `limit` and `after`.

    Raises:
        ValidationFailed: the query holds what the list does not know; a filter with a slip of the pen would find all.
    """
    unknown = request.query_params.keys() - _known(request.scope["route"])
    if unknown:
        extra = {"message": "Extra inputs are not permitted", "code": "extra_forbidden"}
        raise ValidationFailed(errors=[{"location": f"query.{name[:100]}", **extra} for name in sorted(unknown)[:20]])
    return Paging(limit=limit, after=after)


PageQuery = Annotated[Paging, Depends(get_paging)]
