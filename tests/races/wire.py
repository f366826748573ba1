"""A lean HTTP/1.1 client with prebuilt requests: beside it the server, not the caller, is what is measured."""

import asyncio
import json
import socket
from typing import Any, NamedTuple


class Lost(Exception):
    """The connection ended, or was refused, before the whole answer was here: what became of the request is unknown."""


class Answer(NamedTuple):
    """An answer: its head is kept as it came."""

    status: int
    head: bytes
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of a problem."""
        return str(self.json()["code"])

    @property
    def replayed(self) -> bool:
        """Whether the answer comes from the store of idempotent requests."""
        return b"\r\nidempotent-replayed: true" in self.head.lower()


def request(method: str, path: str, key: str, body: Any = None, *, idempotency_key: str | None = None) -> bytes:
    """Return the bytes of a request with a client's key."""
    lines = [f"{method} {path} HTTP/1.1", "Host: test", f"X-API-Key: {key}"]
    content = b""
    if method == "POST":
        content = b"" if body is None else json.dumps(body).encode()
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    if idempotency_key is not None:
        lines.append(f"Idempotency-Key: {idempotency_key}")
    return "\r\n".join([*lines, "", ""]).encode() + content


class _Exchange(asyncio.Protocol):
    """One connection with at most one request in flight."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._waiting: asyncio.Future[Answer] | None = None
        self.lost = False

    def expect(self) -> "asyncio.Future[Answer]":
        self._received.clear()
        self._waiting = asyncio.get_running_loop().create_future()
        return self._waiting

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0 or self._waiting is None or self._waiting.done():
            return
        head = bytes(self._received[:end])
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)  # 204 has none
        if len(self._received) >= end + 4 + length:
            self._waiting.set_result(Answer(int(head[9:12]), head, bytes(self._received[end + 4 :])))

    def connection_lost(self, _reason: Exception | None) -> None:
        self.lost = True
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(Lost("the connection ended"))


class Caller:
    """Sends one request after the other over one connection, and makes a new one when that is gone."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._transport: asyncio.Transport | None = None
        self._exchange = _Exchange()

    async def send(self, raw: bytes) -> Answer:
        """Send a request and return its answer.

        Raises:
            Lost: no answer came; the request may have been carried out or not.
        """
        if self._transport is None or self._exchange.lost:
            await self._connect()
        assert self._transport is not None
        answer = self._exchange.expect()
        self._transport.write(raw)
        return await answer

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        self.close()
        try:
            self._transport, self._exchange = await loop.create_connection(_Exchange, "127.0.0.1", self._port)
        except OSError as refused:
            raise Lost("nobody listens") from refused
        self._transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()
            self._transport = None
