"""The stand-ins around a service on this machine: in the place of every account that it has not got."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from pydantic import SecretStr

from app.core.config import Settings
from app.core.stand_ins import unnamed, written
from app.sandbox.accounts import Accounts, accounts_of
from app.sandbox.mail import MailMissing, ensure_installed
from app.sandbox.places import PORT
from app.sandbox.server import Sandbox, listen, serving

PACE_SECONDS = 0.2


@contextmanager
def stand_ins(settings: Settings, address: str, secret: str) -> Iterator[tuple[Settings, Sandbox | None]]:
    """Serve stand-ins for the length of the block, and return the settings by which the service uses them.

    An account that the settings name is left alone; where they name all, nothing is served. `address` is where the
    service itself is, for the webhooks; `secret` is the machine's.
    """
    missing = unnamed(settings)
    if not missing:
        yield settings, None
        return
    accounts = accounts_of(secret)
    with serving(accounts, listen_near(PORT), _mail() if "mail" in missing else None, pace=PACE_SECONDS) as sandbox:
        changes = settings_for(accounts, sandbox.url, sandbox.smtp_url)
        chosen = {name: value for api in missing for name, value in changes[api].items()}
        if not settings.public_url and missing >= {"twilio", "vapi"}:
            chosen["public_url"] = address
        yield settings.model_copy(update=chosen), sandbox


def settings_for(accounts: Accounts, url: str, smtp_url: str | None) -> dict[str, dict[str, Any]]:
    """Return the settings by which the service uses the stand-ins, by the account that they are for."""
    mail = {"smtp_url": SecretStr(smtp_url), "email_from": "bookings@example.com"} if smtp_url else {}
    return {
        "twilio": {
            "twilio_account_sid": accounts.twilio_sid,
            "twilio_auth_token": SecretStr(accounts.twilio_token),
            "twilio_api_url": url,
        },
        "vapi": {
            "vapi_api_key": SecretStr(accounts.vapi_key),
            "vapi_webhook_secret": SecretStr(accounts.vapi_secret),
            "vapi_webhook_plan": dict(accounts.vapi_plan),
            "vapi_api_url": url,
        },
        "mail": mail,
    }


def written_accounts(accounts: Accounts, url: str, settings: Settings) -> dict[str, dict[str, Any]]:
    """Return how commands beside use the stand-ins, for the accounts that the settings do not name."""
    missing = unnamed(settings)
    return {api: written(each) for api, each in settings_for(accounts, url, None).items() if each and api in missing}


def accounts_in_use(settings: Settings, secret: str) -> Accounts:
    """Return how Twilio and Vapi prove themselves to a service on this machine: as the settings say, else as here."""
    usual = accounts_of(secret)
    token, proof = settings.twilio_auth_token, settings.vapi_webhook_secret
    return replace(
        usual,
        twilio_token=token.get_secret_value() if token else usual.twilio_token,
        vapi_secret=proof.get_secret_value() if proof else usual.vapi_secret,
        vapi_plan=dict(settings.vapi_webhook_plan) if proof else usual.vapi_plan,
    )


def listen_near(port: int) -> socket.socket:
    """Return a socket on a port, or on any that is free where it is taken."""
    try:
        return listen(port)
    except OSError:
        return listen()


def _mail() -> socket.socket | None:
    """Return a socket for mail; None where what takes mail is not installed, and letters are then not sent."""
    try:
        ensure_installed()
    except MailMissing:
        return None
    return listen_near(PORT + 1)
