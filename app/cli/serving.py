"""Long-running commands: the web processes and the worker."""

import errno
import os
import signal
import socket
import sys
from typing import NoReturn

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from app import worker
from app.core.config import Settings, load_settings
from app.core.logging import set_up_logging
from app.core.provision import database_for, ensure_reachable
from app.main import create_app

SHUTDOWN_SECONDS = 20  # for requests in flight; within the 30 s that hosts give


class PortTaken(Exception):
    """Nothing can listen there; the message says what to do."""


def serve(host: str, port: int | None, workers: int | None) -> None:
    """Serve the API until a signal; several processes share one socket and are replaced when they die.

    Raises:
        PortTaken: something else listens there.
    """
    settings = begin()
    count = workers or settings.web_concurrency
    listener = listen(host, port or settings.port)
    with database_for(settings) as provided:
        if count == 1:
            serve_until_told(uvicorn.Server(configure(create_app(provided))), listener)
            return
        # The processes read their settings from the environment, as this one did.
        os.environ["DATABASE_URL"] = str(provided.database_url)
        Multiprocess(configure("app.cli.serving:build", workers=count), sockets=[listener]).run()


def build() -> FastAPI:
    """Return the application of one of several server processes."""
    return create_app(_settings())


def work() -> None:
    """Run jobs until a signal."""
    settings = begin()
    with database_for(settings) as provided:
        ensure_reachable(str(provided.database_url))
        worker.main(provided)


def begin() -> Settings:
    """Read the settings, set up logs, and let SIGTERM end the process as Ctrl-C does, cleaning up."""
    signal.signal(signal.SIGTERM, _end)
    return _settings()


def _settings() -> Settings:
    settings = load_settings()
    set_up_logging(settings.log_format, settings.log_level)
    return settings


def _end(_signal: int, _frame: object) -> NoReturn:
    sys.exit(0)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket bound to an address, so that a taken one is told before anything slow begins.

    Raises:
        PortTaken: something else listens there, or the address is not this machine's.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as refusal:
        if refusal.errno == errno.EADDRINUSE:
            raise PortTaken(f"port {port} is taken: stop what listens there, or choose another with PORT=…") from None
        raise PortTaken(f"cannot listen on {host}, port {port}: {refusal.strerror}") from None
    return listener


def configure(application: FastAPI | str, *, workers: int = 1) -> uvicorn.Config:
    """Return how the server runs; one log line a request is written by the application, not by the server."""
    return uvicorn.Config(
        application,
        factory=isinstance(application, str),
        workers=workers,
        loop="uvloop",
        http="httptools",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )


def serve_until_told(server: uvicorn.Server, listener: socket.socket) -> None:
    """Run a server in this process until SIGINT or SIGTERM; requests in flight are finished."""
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        return  # the server has shut down by then and raises the signal that it was told to stop by
