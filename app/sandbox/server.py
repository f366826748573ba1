"""Runs the stand-ins on this machine, in a thread of their own."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse

from app.sandbox.accounts import Accounts
from app.sandbox.mail import ensure_installed, serve_mail
from app.sandbox.requests import BadDays
from app.sandbox.router import Control
from app.sandbox.state import State
from app.sandbox.twilio.router import TwilioApi
from app.sandbox.vapi.router import VapiApi

HOST = "127.0.0.1"
STARTING_SECONDS = 10.0


class Sandbox:
    """The stand-ins while they are served: their addresses and what they know."""

    def __init__(self, state: State, listener: socket.socket, mail: socket.socket | None = None) -> None:
        self.state = state
        self.url = f"http://{HOST}:{listener.getsockname()[1]}"
        self.smtp_url = f"smtp://{HOST}:{mail.getsockname()[1]}" if mail else None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = Event()
        self._server = uvicorn.Server(
            uvicorn.Config(
                application(state),
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                timeout_graceful_shutdown=1,
            )
        )
        self._listener, self._mail = listener, mail

    def settle(self, seconds: float = 10.0) -> None:
        """Wait until every webhook has been answered.

        Raises:
            TimeoutError: it took longer than that.
        """
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self.state.courier.settled(), self._loop).result(seconds)

    def reset(self) -> None:
        """Forget everything, and give up what is under way."""
        assert self._loop is not None
        done = asyncio.run_coroutine_threadsafe(self.state.reset(), self._loop)
        done.result(STARTING_SECONDS)

    async def serve(self) -> None:
        """Serve until told to stop."""
        self._loop = asyncio.get_running_loop()
        mail = await serve_mail(self.state.mailbox, self._mail) if self._mail else None
        self._ready.set()
        try:
            await self._server.serve([self._listener])
        finally:
            if mail is not None:
                mail.close()
            await self.state.courier.close()

    def wait(self) -> None:
        """Wait until it serves; the listener holds whoever asks before."""
        self._ready.wait(STARTING_SECONDS)

    def stop(self) -> None:
        """Have `serve` end."""
        self._server.should_exit = True


def application(state: State) -> Starlette:
    """Return the stand-ins as one application: their paths differ, so one port is enough."""
    twilio = TwilioApi(state.accounts, state.messages, state.carrier, state.courier)
    vapi = VapiApi(state.accounts, state.organisation, state.caller, state.courier)
    return Starlette(
        routes=[*twilio.routes(), *vapi.routes(), *Control(state).routes()],
        middleware=[Middleware(BadDays, faults=state.faults)],
        exception_handlers={HTTPException: _refused},
    )


async def _refused(_request: Request, refusal: Any) -> JSONResponse:
    return JSONResponse({"error": refusal.detail}, refusal.status_code)


def listen(port: int = 0) -> socket.socket:
    """Return a socket of this machine alone; port 0 is any that is free.

    Raises:
        OSError: the port is taken.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError:
        listener.close()
        raise
    listener.listen()
    return listener


@contextmanager
def serving(
    accounts: Accounts, listener: socket.socket, mail: socket.socket | None = None, *, pace: float = 0.0
) -> Iterator[Sandbox]:
    """Serve the stand-ins in a thread for the length of the block; that of a mail server where `mail` is given.

    Raises:
        MailMissing: what takes mail is not installed.
    """
    if mail is not None:
        ensure_installed()
    sandbox = Sandbox(State(accounts, pace=pace), listener, mail)
    thread = Thread(target=lambda: asyncio.run(sandbox.serve()), daemon=True, name="sandbox")
    thread.start()
    sandbox.wait()
    try:
        yield sandbox
    finally:
        sandbox.stop()
        thread.join(STARTING_SECONDS)
        listener.close()
