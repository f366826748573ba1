"""A server that takes webhooks as the service would, and remembers them."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread

import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send


@dataclass(frozen=True)
class Received:
    """One webhook."""

    path: str
    headers: dict[str, str]
    body: bytes


class Listener:
    """What came, and how it is answered: with the next of `answers` and of `bodies`, else 204 and nothing."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.received: list[Received] = []
        self.slow_seconds = 0.0
        self.most_at_once = self._at_once = 0
        self.answers: list[int] = []
        self.bodies: list[bytes] = []

    def reset(self) -> None:
        """Forget what came."""
        self.slow_seconds, self.most_at_once = 0.0, 0
        self.received.clear()
        self.answers.clear()
        self.bodies.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        await asyncio.sleep(self.slow_seconds)
        request = Request(scope, receive)
        self.received.append(Received(request.url.path, dict(request.headers), await request.body()))
        body = self.bodies.pop(0) if self.bodies else b""
        status = self.answers.pop(0) if self.answers else 200 if body else 204
        self._at_once -= 1
        await Response(body, status)(scope, receive, send)


@contextmanager
def listening() -> Iterator[Listener]:
    """Serve on a free port of this machine for the length of the block."""
    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    door.listen()
    listener = Listener(f"http://127.0.0.1:{door.getsockname()[1]}")
    server = uvicorn.Server(
        uvicorn.Config(listener, lifespan="off", log_config=None, log_level="warning", access_log=False)
    )
    thread = Thread(target=lambda: asyncio.run(server.serve([door])), daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        server.should_exit = True
        thread.join(10)
        door.close()
