"""`booking serve`: the web processes."""

import os
import socket
from collections.abc import Callable
from functools import partial
from tempfile import TemporaryDirectory

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from app.cli.process import begin, configure, listen
from app.core.config import environment_name
from app.core.provision import database_for

SHUTDOWN_SECONDS = 20  # for requests in flight; within the 30 s that hosts give


def serve(host: str, port: int | None, workers: int | None) -> None:
    """Serve the API until a signal; several processes share one socket and are replaced when they die.

    Raises:
        AddressTaken: something else listens there.
        BudgetExceeded: in production, the database has fewer connections than the processes may open.
        ServerRefused: DATABASE_URL is unset and the embedded server cannot run here.
    """
    settings = begin()
    count = workers or settings.web_concurrency
    counted = settings.model_copy(update={"web_concurrency": count})
    with listen(host, port or settings.port) as listener, database_for(counted) as provided:
        if provided.env == "production":
            from app.cli.budget import ensure_budget

            ensure_budget(provided, processes=count)
        if count == 1:
            from app.cli.draining import application

            serve_until_told(uvicorn.Server(server_config(partial(application, provided))), listener)
            return
        # The processes read their settings from the environment, as this one did.
        os.environ["DATABASE_URL"] = str(provided.database_url)
        os.environ["WEB_CONCURRENCY"] = str(count)
        with TemporaryDirectory(prefix="booking-metrics-") as shared:
            os.environ[environment_name("metrics_directory")] = shared
            Multiprocess(server_config("app.cli.serving:build", workers=count), sockets=[listener]).run()


def build() -> FastAPI:
    """Return the application of one of several server processes."""
    from app.cli.draining import application

    return application(configure())


def server_config(build: Callable[[], FastAPI] | str, *, workers: int = 1) -> uvicorn.Config:
    """Return how the server runs; the application writes one log line a request, the server none."""
    return uvicorn.Config(
        build,
        factory=True,
        workers=workers,
        loop="uvloop",
        http="httptools",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # it would believe any caller on this machine; the limiter reads addresses itself
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )


def serve_until_told(server: uvicorn.Server, listener: socket.socket) -> None:
    """Run a server in this process until SIGINT or SIGTERM; requests in flight are finished."""
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        return  # the server has shut down by then and raises the signal that it was told to stop by
