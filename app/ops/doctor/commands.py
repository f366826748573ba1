"""`booking ops doctor`: what is wrong, how sure that is, and the next command."""

import asyncio
from typing import Annotated

import typer

from app.core.clock import utcnow
from app.core.config import Caller, SettingsInvalid, load_settings
from app.core.http import create_client
from app.core.running import run_without_waiting
from app.ops.doctor.rules import diagnose
from app.ops.doctor.rules.address import address
from app.ops.doctor.rules.facts import Facts
from app.ops.doctor.rules.findings import worst
from app.ops.doctor.schemas import as_json, as_text
from app.ops.doctor.service import Patient, collect

SLOW_SECONDS = 1.0

Url = Annotated[
    str | None, typer.Option("--url", help="The service's address; without it APP_URL, or PORT of this machine.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document instead of a table.")]


def doctor(url: Url = None, in_json: Json = False) -> None:
    """Say what is wrong, how sure that is, and the next command; exit with 0 (well), 1 (degraded) or 2 (down).

    Asks the service with the key in API_KEY or OPERATOR_API_KEY, and the database that DATABASE_URL names.
    """
    caller = Caller()
    patient = Patient(
        url=whom(url, caller),
        key=caller.key,
        database_url=caller.database_url.get_secret_value() if caller.database_url else None,
        settings_problems=_problems(),
    )
    facts = run_without_waiting(_collect(patient))
    findings = diagnose(facts)
    typer.echo(as_json(findings, url=facts.url, now=utcnow()) if in_json else as_text(findings, url=facts.url))
    raise typer.Exit(int(worst(findings)))


def whom(url: str | None, caller: Caller) -> str:
    """Return the address to ask: the one that is given, else that of the settings, else this machine's.

    Raises:
        BadParameter: it is no address.
    """
    try:
        return address(url or caller.url or f"http://127.0.0.1:{caller.port}")
    except ValueError as malformed:
        raise typer.BadParameter(f"the address {malformed}", param_hint="--url") from None


def _problems() -> tuple[str, ...]:
    try:
        load_settings()
    except SettingsInvalid as invalid:
        return tuple(str(invalid).split("; "))
    return ()


async def _collect(patient: Patient) -> Facts:
    async with create_client() as client:
        looking = asyncio.create_task(collect(patient, client, now=utcnow()))
        done, _ = await asyncio.wait({looking}, timeout=SLOW_SECONDS)
        if not done:
            typer.echo(f"booking: asking {patient.url} and the database; at most 3 seconds more", err=True)
        return await looking
