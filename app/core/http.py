"""The way to the outside world over HTTP: the one module that imports the client.

Every request has a deadline for all of it and a bound on what is read; nobody is redirected, for a key would go along.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from time import monotonic
from types import MappingProxyType
from typing import Any

import httpx

from app.core.addresses import Resolve, pin, resolve

NO_HEADERS: Mapping[str, str] = MappingProxyType({})
NO_EXTENSIONS: Mapping[str, object] = MappingProxyType({})
LARGEST_ANSWER_BYTES = 1_000_000
PIECE_BYTES = 1 << 20
_CLIENT = "http"
_BEFORE_SENDING = (
    *(httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL),
    *(TimeoutError, ValueError),
)
"""Failures before the first byte; the last two can also come later, which is then noticed."""


class Unanswered(Exception):
    """No answer came; the cause tells why. Never shown as it is: its text may hold the address.

    `sent` is False only where certainly nothing of the request has left, so that even an order may be given again.
    """

    def __init__(self, *, sent: bool = True) -> None:
        super().__init__()
        self.sent = sent


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; names of headers are in lower case. A body longer than is read is cut off."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Client = httpx.AsyncClient


def create_client(transport: httpx.AsyncBaseTransport | None = None) -> Client:
    """Return a client with connections of its own, to be closed (`async with`); `transport` is for tests.

    Its addresses are the operator's own.
    """
    return httpx.AsyncClient(transport=transport, follow_redirects=False, verify=trust())


def create_client_for_strangers(transport: httpx.AsyncBaseTransport | None = None) -> Client:
    """Return a client for `send_to_stranger`: it keeps no connection, for one address may serve many names."""
    limits = httpx.Limits(max_connections=20, max_keepalive_connections=0)
    return httpx.AsyncClient(
        transport=transport, follow_redirects=False, trust_env=False, limits=limits, verify=trust()
    )


def carrying(client: Client) -> dict[str, Any]:
    """Return what a maker of sessions puts into each session's `info`, for `client_of`."""
    return {_CLIENT: client}


def client_of(info: Mapping[str, Any]) -> Client:
    """Return the client of the worker that a job or a periodic task runs in; `info` is its session's.

    It lives as long as the worker, so that connections stay open: opening one to the other end of the world takes
    longer than all else that a job does.
    """
    client: Client = info[_CLIENT]
    return client


@lru_cache
def trust() -> ssl.SSLContext:
    """Return whom we trust, for all clients: reading it takes 23 ms, a client with it a tenth of one."""
    return httpx.create_ssl_context()


async def send(
    client: Client,
    method: str,
    url: str,
    *,
    seconds: float,
    headers: Mapping[str, str] = NO_HEADERS,
    body: bytes | None = None,
    extensions: Mapping[str, object] = NO_EXTENSIONS,
    most_bytes: int = LARGEST_ANSWER_BYTES,
) -> Reply:
    """Send a request and return what is answered, whatever the status, within so many seconds.

    More than `most_bytes` of an answer is not read.

    Raises:
        Unanswered: there is nobody, the address is none, or it took too long.
    """
    leaving = _Leaving(monotonic() + seconds)
    traced = {**extensions, "trace": leaving}
    try:
        async with (
            asyncio.timeout(seconds),
            client.stream(
                method, url, headers=dict(headers), content=body, timeout=seconds, extensions=traced
            ) as answer,
        ):
            read = bytearray()
            async for piece in answer.aiter_bytes():
                read += piece
                if len(read) >= most_bytes:
                    break
            return Reply(answer.status_code, dict(answer.headers), bytes(read[:most_bytes]))
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as failure:
        raise Unanswered(sent=leaving.begun or not isinstance(failure, _BEFORE_SENDING)) from failure


class _Leaving:
    """Notices when a request begins to leave: the client tells each of its steps before it takes it.

    A process that stood still meanwhile takes the next steps before it learns that the time is over. By then somebody
    else may have done what this request was for, so it does not leave.
    """

    def __init__(self, until: float) -> None:
        self.begun = False
        self._until = until

    async def __call__(self, step: str, _: Mapping[str, object]) -> None:
        """Take note of one step.

        Raises:
            TimeoutError: the request would leave now, and is too late.
        """
        if not self.begun and step.endswith("send_request_headers.started"):
            if monotonic() > self._until:
                raise TimeoutError("too late to leave")
            self.begun = True


async def receive(client: Client, url: str, take: Callable[[bytes], object], *, silence_seconds: float = 60) -> int:
    """Hand on what an address has, piece by piece, in a thread and however much it is; return the status.

    Nothing is handed on unless it is 200. What `take` raises is raised.

    Raises:
        Unanswered: there is nobody, it ended too early, or nothing came for so many seconds.
    """
    try:
        async with client.stream(
            "GET", url, headers={"Accept-Encoding": "identity"}, timeout=silence_seconds
        ) as answer:
            if answer.status_code == 200:
                async for piece in answer.aiter_raw(PIECE_BYTES):
                    await asyncio.to_thread(take, piece)
            return answer.status_code
    except (httpx.HTTPError, httpx.InvalidURL) as failure:
        raise Unanswered from failure


async def send_to_stranger(
    client: Client,
    method: str,
    url: str,
    *,
    seconds: float,
    headers: Mapping[str, str] = NO_HEADERS,
    body: bytes | None = None,
    lookup: Resolve = resolve,
) -> Reply:
    """Send a request to an address that somebody else has named, if it is a public one.

    The name is looked up once, and the connection goes to the address that was looked at.

    Raises:
        AddressRefused: it is no address that strangers may have us call.
        Unanswered: as `send` does.
    """
    began = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout(seconds):
            pinned = await pin(url, lookup=lookup)
    except TimeoutError as failure:
        raise Unanswered(sent=False) from failure
    left = max(0.1, seconds - (asyncio.get_running_loop().time() - began))
    named = {**headers, "Host": pinned.host}
    secure = {"sni_hostname": pinned.name}
    return await send(client, method, pinned.url, seconds=left, headers=named, body=body, extensions=secure)
