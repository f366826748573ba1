"""`booking outbound`: whether messages go out to customers."""

from typing import TYPE_CHECKING, Annotated

import typer

from app.core.clock import iso, utcnow
from app.core.commands import Json, in_a_transaction, instant

if TYPE_CHECKING:
    from app.ops.outbound.schemas import Outbound

outbound = typer.Typer(help="Messages to customers: whether they go out, or wait.", no_args_is_help=True)

Reason = Annotated[str, typer.Option(help="Why; for the audit trail.")]

SentUntil = Annotated[
    str | None,
    typer.Option(
        help="In a restored database: when the earlier system sent its last message, such as 2026-11-23T10:15:00Z. What"
        " was due up to then is withdrawn.",
        show_default=False,
    ),
]


@outbound.command()
def status(as_json: Json = False) -> None:
    """Say whether messages are paused, since when and why, and how many wait."""
    from app.ops.outbound import service

    _tell(in_a_transaction(lambda session, _settings: service.status(session, now=utcnow())), as_json=as_json)


@outbound.command()
def pause(reason: Reason = "by an operator", as_json: Json = False) -> None:
    """Have every message wait until they are resumed; none is lost."""
    from app.clients.auth import operator
    from app.ops.outbound import service

    _tell(
        in_a_transaction(
            lambda session, _settings: service.pause(session, operator(None), reason=reason, now=utcnow())
        ),
        as_json=as_json,
    )


@outbound.command()
def resume(reason: Reason = "by an operator", sent_until: SentUntil = None, as_json: Json = False) -> None:
    """Let messages go out again, those that waited first."""
    from app.clients.auth import operator
    from app.ops.outbound import service

    until = None if sent_until is None else instant(sent_until, "--sent-until")
    _tell(
        in_a_transaction(
            lambda session, _settings: service.resume(
                session, operator(None), reason=reason, sent_until=until, now=utcnow()
            )
        ),
        as_json=as_json,
    )


def _tell(found: "Outbound", *, as_json: bool) -> None:
    if as_json:
        typer.echo(found.model_dump_json(by_alias=True))
    elif found.paused and found.since is not None:
        typer.echo(
            f"Outbound messages wait since {iso(found.since)} ({found.reason}, by {found.actor}): {found.waiting} do."
            " `booking outbound resume` lets them go."
        )
    else:
        released = "" if found.released is None else f" {found.released} that waited were let go."
        withdrawn = "" if found.withdrawn is None else f" {found.withdrawn} that had been sent were withdrawn."
        typer.echo(f"Outbound messages go out.{withdrawn}{released}")
