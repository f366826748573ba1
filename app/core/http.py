"""The way to the outside world over HTTP: the one module that imports the client.

Every request has a deadline for all of it and a bound on what is read; nobody is redirected, for a key would go along.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import httpx

NO_HEADERS: Mapping[str, str] = MappingProxyType({})
LARGEST_ANSWER_BYTES = 1_000_000


class Unanswered(Exception):
    """No answer came; the cause tells why. Never shown as it is: its text may hold the address."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; names of headers are in lower case. A body longer than is read is cut off."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Client = httpx.AsyncClient


def create_client(transport: httpx.AsyncBaseTransport | None = None) -> Client:
    """Return a client with connections of its own, to be closed (`async with`); `transport` is for tests."""
    return httpx.AsyncClient(transport=transport, follow_redirects=False)


async def send(
    client: Client,
    method: str,
    url: str,
    *,
    seconds: float,
    headers: Mapping[str, str] = NO_HEADERS,
    body: bytes | None = None,
) -> Reply:
    """Send a request and return what is answered, whatever the status, within so many seconds.

    Raises:
        Unanswered: there is nobody, the address is none, or it took too long.
    """
    try:
        async with (
            asyncio.timeout(seconds),
            client.stream(method, url, headers=dict(headers), content=body, timeout=seconds) as answer,
        ):
            read = bytearray()
            async for piece in answer.aiter_bytes():
                read += piece
                if len(read) >= LARGEST_ANSWER_BYTES:
                    break
            return Reply(answer.status_code, dict(answer.headers), bytes(read[:LARGEST_ANSWER_BYTES]))
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as failure:
        raise Unanswered from failure
