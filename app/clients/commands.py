"""`booking keys`: keys from the shell, for whoever runs the service."""

import json
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import typer
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from app.clients.keys import service
from app.clients.keys.schemas import KeyCreated, KeyIn, KeyOut
from app.clients.memory import read_client
from app.clients.rules import environment_of
from app.clients.schemas import ClientContext
from app.core.auth import Principal, Scope
from app.core.clock import iso, utcnow
from app.core.commands import in_a_transaction
from app.core.config import Settings
from app.core.paging import Paging

SHELL = Principal("shell", None, None, True, frozenset(Scope))

keys = typer.Typer(help="Keys of clients and operators.", no_args_is_help=True)

ClientOption = Annotated[
    str | None, typer.Option("--client", metavar="CLIENT_KEY", help="Whose; without it the operators' own.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@keys.command()
def create(
    name: Annotated[str, typer.Option(help="What the key is for.")],
    scope: Annotated[list[Scope], typer.Option(help="What it may do; repeat for more.")],
    client: ClientOption = None,
    expires_at: Annotated[str | None, typer.Option(metavar="INSTANT", help="Such as 2027-01-31T00:00:00Z.")] = None,
    as_json: Json = False,
) -> None:
    """Create a key and show it, this once."""
    try:
        wanted = KeyIn.model_validate({"name": name, "scopes": scope, "expiresAt": expires_at})
    except ValidationError as invalid:
        problem = invalid.errors(include_url=False, include_context=False)[0]
        raise typer.BadParameter(f"{problem['loc'][0]}: {problem['msg'].removeprefix('Value error, ')}") from None

    async def act(session: AsyncSession, settings: Settings) -> KeyCreated:
        owner = await _owner(session, client)
        environment = environment_of(settings.env)
        return await service.create_key(session, owner, wanted, principal=SHELL, environment=environment, now=utcnow())

    created = in_a_transaction(act)
    typer.echo(created.model_dump_json() if as_json else created.key)


@keys.command("list")
def list_(client: ClientOption = None, as_json: Json = False) -> None:
    """List keys in the order of their making; never a secret."""

    async def act(session: AsyncSession, _settings: Settings) -> list[KeyOut]:
        owner = await _owner(session, client)
        page = await service.list_keys(session, owner, Paging(limit=200, after=None), now=utcnow())
        found = page.items
        while page.next_after is not None:
            page = await service.list_keys(session, owner, Paging(limit=200, after=page.next_after), now=utcnow())
            found += page.items
        return found

    found = in_a_transaction(act)
    if as_json:
        typer.echo(json.dumps([key.model_dump(mode="json") for key in found]))
    else:
        typer.echo(_table([("ID", "STATUS", "LAST4", "LAST USED", "EXPIRES", "NAME", "SCOPES"), *map(_row, found)]))


@keys.command()
def revoke(key_id: Annotated[UUID, typer.Argument(help="The key's id; anybody's.")], as_json: Json = False) -> None:
    """Revoke a key: from the next request on it opens nothing."""

    async def act(session: AsyncSession, _settings: Settings) -> KeyOut:
        owner = await _owner(session, await service.owner_of(session, key_id))
        return await service.revoke_key(session, owner, key_id, principal=SHELL, if_match=None, now=utcnow())

    revoked = in_a_transaction(act)
    typer.echo(revoked.model_dump_json() if as_json else f"{revoked.id} {revoked.status}")


async def _owner(session: AsyncSession, client_key: str | None) -> ClientContext | None:
    return None if client_key is None else await read_client(session, client_key)


def _row(key: KeyOut) -> tuple[str, ...]:
    used, ends = (iso(instant) if instant else "-" for instant in (key.last_used_at, key.expires_at))
    return (str(key.id), key.status, key.last4, used, ends, key.name, ",".join(key.scopes))


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
