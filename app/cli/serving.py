"""`booking serve`: the web processes."""

import os
import socket

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from app.cli.process import begin, configure, listen
from app.core.provision import database_for

SHUTDOWN_SECONDS = 20  # for requests in flight; within the 30 s that hosts give


def serve(host: str, port: int | None, workers: int | None) -> None:
    """Serve the API until a signal; several processes share one socket and are replaced when they die.

    Raises:
        AddressTaken: something else listens there.
        ServerRefused: DATABASE_URL is unset and the embedded server cannot run here.
    """
    settings = begin()
    count = workers or settings.web_concurrency
    listener = listen(host, port or settings.port)
    with database_for(settings) as provided:
        from app.main import create_app

        if count == 1:
            serve_until_told(uvicorn.Server(server_config(create_app(provided))), listener)
            return
        # The processes read their settings from the environment, as this one did.
        os.environ["DATABASE_URL"] = str(provided.database_url)
        Multiprocess(server_config("app.cli.serving:build", workers=count), sockets=[listener]).run()


def build() -> FastAPI:
    """Return the application of one of several server processes."""
    from app.main import create_app

    return create_app(configure())


def server_config(application: FastAPI | str, *, workers: int = 1) -> uvicorn.Config:
    """Return how the server runs; the application writes one log line a request, the server none."""
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
