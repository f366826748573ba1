"""`booking run`: the whole service on this machine, with a demo to try it on."""

import asyncio
import logging
import socket

import typer
import uvicorn
from fastapi import FastAPI

from app.cli.demo import command
from app.cli.demo.contact import give_voices
from app.cli.process import begin, listen
from app.cli.serving import serve_until_told, server_config
from app.core import migrations
from app.core.config import Settings
from app.core.provision import database_for, ensure_reachable
from app.sandbox.places import Places, written_down
from app.sandbox.wiring import stand_ins, written_accounts

HOST = "127.0.0.1"


class _ServerWithWorker(uvicorn.Server):
    """A web server with the worker in its event loop; the worker ends when the last request has."""

    def __init__(self, settings: Settings, greeting: str) -> None:
        super().__init__(server_config(self._build))
        self._settings = settings
        self._web: FastAPI | None = None
        self._greeting = greeting
        self._stop = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None

    def _build(self) -> FastAPI:
        from app.cli.draining import application

        self._web = application(self._settings)
        return self._web

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve, then start the worker and greet."""
        from app.jobs.runner import run_worker

        await super().startup(sockets)
        recorder = self._web.state.process.recorder if self._web is not None else None
        self._worker = asyncio.create_task(run_worker(self._settings, stop=self._stop, recorder=recorder))
        self._worker.add_done_callback(self._end_with_worker)
        typer.echo(self._greeting)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish the requests in flight, then the jobs."""
        await super().shutdown(sockets)
        self._stop.set()
        if self._worker is not None:
            await self._worker

    def _end_with_worker(self, _worker: asyncio.Task[None]) -> None:
        self.should_exit = True


def run(port: int | None) -> None:
    """Migrate, seed the demo, serve and work until a signal; what was running before is left alone.

    In the place of accounts at Twilio, Vapi and a mail server that are not set there are stand-ins.

    Raises:
        AddressTaken: something else listens on the port.
        DatabaseUnreachable: DATABASE_URL names nothing that answers.
        ServerRefused: the embedded server cannot run here.
    """
    settings = begin()
    for chatty in ("alembic", "uvicorn.error"):  # what they say is in the greeting
        logging.getLogger(chatty).setLevel(logging.WARNING)
    with listen(HOST, port or settings.port) as listener, database_for(settings) as provided:
        ensure_reachable(str(provided.database_url))
        migrations.upgrade(str(provided.database_url))
        address = f"http://{HOST}:{listener.getsockname()[1]}"
        demo, service_id, start = command.seed_demo(provided)
        with stand_ins(provided, address, command.secret_of(provided)) as (connected, sandbox):
            at = sandbox.url if sandbox else None
            if connected.vapi_api_url == at:
                asyncio.run(give_voices(connected, demo, address))
            greeting = command.greeting(address, demo, service_id, start, sandbox=at)
            accounts = written_accounts(sandbox.state.accounts, sandbox.url, provided) if sandbox else None
            with written_down(Places(address, at, demo["operatorKey"], accounts)):
                serve_until_told(_ServerWithWorker(connected, greeting), listener)
