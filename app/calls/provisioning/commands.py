"""`booking voice`: a client's voice at Vapi."""

from typing import Annotated
from urllib.parse import urlsplit

import typer

from app.calls.provisioning import service
from app.calls.provisioning.errors import (
    PublicUrlMissing,
    PublicUrlNotSecure,
    VapiNotConfigured,
    WebhookSecretMissing,
)
from app.calls.provisioning.jobs import Place, Provisioner
from app.calls.provisioning.rules import Account
from app.calls.provisioning.schemas import Note, Provisioned
from app.core.commands import Json, refusals, run_politely
from app.core.config import Settings, load_settings
from app.core.db import create_engine, create_sessions
from app.core.http import create_client
from app.core.provision import database_for, ensure_reachable
from app.core.stand_ins import with_stand_ins
from app.integrations.vapi.api import Vapi

WEBHOOK = "/webhooks/vapi"
STOOD_IN = "No account at Vapi is set: this is the stand-in at {}"
HERE = frozenset({"127.0.0.1", "localhost", "::1"})

voice = typer.Typer(help="The voice of a client: its assistant, tools and numbers at Vapi.", no_args_is_help=True)


@voice.callback()
def _voice() -> None:
    """The voice of a client: its assistant, tools and numbers at Vapi."""


@voice.command()
def provision(
    client: Annotated[str, typer.Argument(metavar="CLIENT", help="The client's key, such as demo-dental.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what differs, and change nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Create or update a client's assistant, its tools and its numbers at Vapi; a second run has nothing to do."""
    with refusals(coded=True):
        named = load_settings()
        known = with_stand_ins(named)
        place = place_of(known)
        with database_for(known) as settings:
            ensure_reachable(str(settings.database_url))
            done = run_politely(lambda: _provision(settings, place, client, dry_run=dry_run))
        if known.vapi_api_key != named.vapi_api_key:
            done.notes.append(Note(code="stand_in", detail=STOOD_IN.format(known.vapi_api_url)))
    _tell(done, as_json=as_json)


def place_of(settings: Settings) -> Place:
    """Return where Vapi is to reach this service.

    Raises:
        VapiNotConfigured, PublicUrlMissing, PublicUrlNotSecure, WebhookSecretMissing: the assistant could do nothing.
    """
    if settings.vapi_api_key is None:
        raise VapiNotConfigured
    if not settings.public_url:
        raise PublicUrlMissing
    if not settings.public_url.startswith("https://") and urlsplit(settings.vapi_api_url).hostname not in HERE:
        raise PublicUrlNotSecure
    if settings.vapi_webhook_secret is None:
        raise WebhookSecretMissing
    url = settings.public_url.rstrip("/") + WEBHOOK
    return Place(url, settings.vapi_credential_id or None, _account(settings))


def _account(settings: Settings) -> Account | None:
    sid = settings.twilio_account_sid
    if not sid:
        return None
    if settings.twilio_api_key and settings.twilio_api_secret:
        return Account(sid, key=settings.twilio_api_key, secret=settings.twilio_api_secret)
    return Account(sid, settings.twilio_auth_token) if settings.twilio_auth_token else None


async def _provision(settings: Settings, place: Place, client_key: str, *, dry_run: bool) -> Provisioned:
    assert settings.vapi_api_key is not None
    engine = create_engine(settings, role="command")
    try:
        sessions = create_sessions(engine)
        async with sessions.begin() as session:
            subject = await service.subject_of(session, client_key)
        async with create_client() as http:
            vapi = Vapi(http, settings.vapi_api_url, settings.vapi_api_key)
            return await Provisioner(vapi, sessions, subject, place, dry_run).run()
    finally:
        await engine.dispose()


def _tell(done: Provisioned, *, as_json: bool) -> None:
    if as_json:
        typer.echo(done.model_dump_json(by_alias=True))
        return
    for step in done.changes:
        identifier = f" ({step.id})" if step.id else ""
        typer.echo(
            f"{'would ' if done.dry_run else ''}{step.action} {step.kind.replace('_', ' ')} {step.name}{identifier}"
        )
        if done.dry_run:
            typer.echo(step.difference.rstrip("\n"))
    if not done.changes:
        typer.echo("nothing to do")
    for note in done.notes:
        typer.echo(f"note: {note.detail} ({note.code})")
