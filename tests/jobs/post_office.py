"""Stands in for somebody who sends letters: no key makes a repetition harmless, but what was sent can be listed.

A real HTTP server. What it is given is in the list before it is answered, and sent however the asking ends.
"""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

HEAD = "HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class PostOffice:
    """What was sent: how often, by the letter's name."""

    def __init__(self) -> None:
        self.url = ""
        self.sent: Counter[str] = Counter()
        self.listed = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request: `POST /NAME` sends, `GET /NAME` tells whether it was sent (200) or not (404).

        `POST /NAME?PID` kills that process instead of answering.
        """
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            method, target, _ = head.split(" ", 2)
            name, _, whom = target[1:].partition("?")
            status = 200
            if method == "POST":
                self.sent[name] += 1
                if whom:
                    os.kill(int(whom), signal.SIGKILL)
            else:
                self.listed += 1
                status = 200 if name in self.sent else 404
            await asyncio.sleep(0.005)  # whoever asks waits a while, as everywhere
            writer.write(HEAD.format(status=status).encode())
            await writer.drain()
        writer.close()


@asynccontextmanager
async def post_office() -> AsyncIterator[PostOffice]:
    """Serve on a free port for the length of the block."""
    office = PostOffice()
    server = await asyncio.start_server(office.serve, "127.0.0.1", 0, backlog=500)
    office.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield office
