"""How a long-running command begins: settings, logs, signals, and a place to listen."""

import errno
import signal
import socket
import sys
from contextlib import ExitStack
from typing import NoReturn

from app.core.config import Settings, SettingsInvalid, load_settings
from app.core.logging import set_up_logging
from app.core.reporting import report_failures
from app.integrations.vapi.signature import Plan


class AddressTaken(Exception):
    """Nothing can listen there; the message says what to do."""


class BudgetExceeded(Exception):
    """The processes may open more connections than the database has; the message says what would fit."""


def begin() -> Settings:
    """Read the settings and set up logs; from here on SIGTERM ends the process as Ctrl-C does, cleaning up.

    Raises:
        SettingsInvalid: the environment cannot be used.
    """
    signal.signal(signal.SIGTERM, _end)
    return configure()


def configure() -> Settings:
    """Read the settings and set up logs, in a process whose signals another handles.

    Raises:
        SettingsInvalid: the environment cannot be used.
    """
    settings = load_settings()
    _ensure_webhooks_can_be_proven(settings)
    set_up_logging(settings.log_format, settings.log_level)
    report_failures(settings)
    return settings


def _ensure_webhooks_can_be_proven(settings: Settings) -> None:
    """Refuse a plan that cannot be followed: every call would be refused, and nobody would know before a caller."""
    try:
        Plan.of(settings.vapi_webhook_plan, settings.vapi_webhook_secret)
    except ValueError as fault:
        raise SettingsInvalid(f"APP_VAPI_WEBHOOK_PLAN: {fault}") from None


def _end(_signal: int, _frame: object) -> NoReturn:
    sys.exit(0)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket bound to an address, so that a taken one is told before anything slow begins.

    Raises:
        AddressTaken: something else listens there, or the address is not this machine's.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with ExitStack() as stack:
            listener = stack.enter_context(socket.socket(family, kind, protocol))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            stack.pop_all()
    except OSError as refusal:
        if refusal.errno == errno.EADDRINUSE:
            raise AddressTaken(f"port {port} is taken: stop what listens there, or set PORT to another.") from None
        raise AddressTaken(f"cannot listen on {host}, port {port}: {refusal.strerror}.") from None
    return listener
