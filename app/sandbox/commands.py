"""`booking sandbox`: the stand-ins by themselves."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from app.core.config import Caller
from app.sandbox.accounts import accounts_of
from app.sandbox.faults import OF_ANY_REQUEST, OF_WHAT_IS_MADE
from app.sandbox.mail import MailMissing, ensure_installed
from app.sandbox.places import PORT, Places, known, written, written_down
from app.sandbox.server import Sandbox, listen, serving
from app.sandbox.terminal import local_settings, refuse, secret_of
from app.sandbox.wiring import PACE_SECONDS, written_accounts

sandbox = typer.Typer(add_completion=False, help="Stand-ins for Vapi, Twilio and a mail server.")


@sandbox.command()
def serve(
    port: Annotated[int, typer.Option(min=1, max=65_534, help="For HTTP; mail has the next one.")] = PORT,
    mail: Annotated[bool, typer.Option(help="Take mail as well; needs aiosmtpd.")] = True,
    pace: Annotated[float, typer.Option(min=0, max=60, help="Seconds between two states.")] = PACE_SECONDS,
) -> None:
    """Serve stand-ins for Vapi, Twilio and a mail server on this machine until Ctrl-C, and print how to use them."""
    settings = local_settings()
    try:
        if mail:
            ensure_installed()
        doors = listen(port), listen(port + 1) if mail else None
    except MailMissing as missing:
        refuse(str(missing))
    except OSError:
        refuse(f"port {port} or {port + 1} is taken: stop what listens there, or choose another with --port.")
    with serving(accounts_of(secret_of(settings)), *doors, pace=pace) as served:
        caller, found = Caller(), written()  # where the service is usually, nobody has said
        accounts = written_accounts(served.state.accounts, served.url, settings)
        mine = Places(caller.url or found.service, served.url, caller.key or found.key, accounts)
        with written_down(mine), _until_told() as told:
            typer.echo(_greeting(served))
            told.wait()


@contextmanager
def _until_told() -> Iterator[threading.Event]:
    """Give what is set by SIGINT and SIGTERM."""
    told = threading.Event()
    before = {number: signal.signal(number, lambda *_: told.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _greeting(served: Sandbox) -> str:
    accounts = served.state.accounts
    variables = {
        "TWILIO_ACCOUNT_SID": accounts.twilio_sid,
        "TWILIO_AUTH_TOKEN": accounts.twilio_token,
        "APP_TWILIO_API_URL": served.url,
        "VAPI_API_KEY": accounts.vapi_key,
        "VAPI_WEBHOOK_SECRET": accounts.vapi_secret,
        "APP_VAPI_API_URL": served.url,
        "APP_PUBLIC_URL": known(Caller()).service or "",
        **({"SMTP_URL": served.smtp_url, "APP_EMAIL_FROM": "bookings@example.com"} if served.smtp_url else {}),
    }
    exports = "\n".join(f"export {name}={value}" for name, value in variables.items())
    faults = "\n".join(f"  {name:<16}{what}" for name, what in {**OF_ANY_REQUEST, **OF_WHAT_IS_MADE}.items())
    return f"""Twilio, Vapi   {served.url}
Mail           {served.smtp_url or "not taken"}

For a service on this machine; these keys open nothing elsewhere:
{exports}

What was sent:  curl -s {served.url}/_sandbox/messages    (/calls, /mail, /deliveries)
Bad days:       curl -s {served.url}/_sandbox/faults -d '{{"next": "429", "count": 3, "to": "twilio"}}'
                or a header `Sandbox-Fault: 429` of a request; several with commas
{faults}

Ctrl-C stops it.
"""
