"""The way to the outside world: bounded in time and size, and nobody is followed elsewhere."""

import asyncio
import time
from contextlib import suppress

import httpcore
import httpx
import pytest

from app.core.http import LARGEST_ANSWER_BYTES, PIECE_BYTES, Unanswered, create_client, receive, send


def client_of(answer):
    return create_client(httpx.MockTransport(answer))


async def test_an_answer_comes_back_whatever_its_status():
    async with client_of(lambda asked: httpx.Response(503, headers={"X-Seen": asked.method}, text="no")) as client:
        reply = await send(client, "POST", "http://there/", seconds=5, body=b"{}")

    assert (reply.status, reply.headers["x-seen"], reply.body) == (503, "POST", b"no")


async def test_a_key_is_not_carried_elsewhere():
    asked = []

    def redirect(request):
        asked.append(request.url)
        return httpx.Response(302, headers={"Location": "http://elsewhere/"})

    async with client_of(redirect) as client:
        reply = await send(client, "GET", "http://there/", seconds=5, headers={"X-API-Key": "secret"})

    assert (reply.status, len(asked)) == (302, 1)


async def test_an_answer_without_end_is_cut_off():
    async def pieces():
        while True:
            yield b"x" * 65_536

    async with client_of(lambda _: httpx.Response(200, content=pieces())) as client:
        reply = await send(client, "GET", "http://there/", seconds=30)

    assert len(reply.body) == LARGEST_ANSWER_BYTES


async def test_an_answer_that_drips_has_no_more_time_than_another():
    async def drip(reader, writer):
        await reader.read(1024)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        try:
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.01)
        except ConnectionError:
            writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    async with create_client() as client:
        with pytest.raises(Unanswered):
            await send(client, "GET", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", seconds=0.3)
    server.close()


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "there", "http://[", "ftp://there/", "http://there:port/"])
async def test_nobody_there_and_no_address_are_the_same_failure(url):
    async with create_client() as client:
        with pytest.raises(Unanswered):
            await send(client, "GET", url, seconds=5)


@pytest.mark.parametrize("key", ["ключ", "two\nlines"])
async def test_a_header_that_cannot_be_sent_is_the_same_failure(key):
    async with create_client() as client:
        with pytest.raises(Unanswered):
            await send(client, "GET", "http://127.0.0.1:1/", seconds=5, headers={"X-API-Key": key})


async def test_what_is_large_is_handed_on_piece_by_piece_and_no_key_of_another_goes_along():
    asked: list[httpx.Headers] = []
    pieces: list[bytes] = []

    async def content():
        for _ in range(17):
            yield b"x" * (PIECE_BYTES // 16)

    def answer(request):
        asked.append(request.headers)
        return httpx.Response(200, content=content())

    async with client_of(answer) as client:
        assert await receive(client, "http://there/", pieces.append) == 200

    assert [len(piece) for piece in pieces] == [PIECE_BYTES, PIECE_BYTES // 16]
    assert (asked[0]["accept-encoding"], "authorization" in asked[0]) == ("identity", False)


async def test_nothing_is_handed_on_of_a_refusal():
    pieces: list[bytes] = []

    async with client_of(lambda _: httpx.Response(403, text="no")) as client:
        assert await receive(client, "http://there/", pieces.append) == 403

    assert pieces == []


async def listen(answer):
    """Serve on this machine by a function of reader and writer; return the server and its address."""
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    return server, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("http://127.0.0.1:1/", {}),
        ("there", {}),
        ("http://[", {}),
        ("ftp://there/", {}),
        ("http://there/", {"X": "ключ"}),
    ],
)
async def test_it_is_told_when_nothing_can_have_left(url, headers):
    async with create_client() as client:
        with pytest.raises(Unanswered) as failed:
            await send(client, "POST", url, seconds=5, headers=headers, body=b"an order")

    assert failed.value.sent is False


class StandsStill(httpcore.AnyIOBackend):
    """Opens connections in a process that stands still for a while just then."""

    async def connect_tcp(self, *address, **options):
        stream = await super().connect_tcp(*address, **options)
        time.sleep(0.15)
        return stream


async def test_a_request_whose_time_was_over_before_it_left_does_not_leave():
    asked = asyncio.Queue[bytes]()

    async def answer(reader, writer):
        asked.put_nowait(await reader.read(1))
        writer.close()

    server, url = await listen(answer)
    transport = httpx.AsyncHTTPTransport()
    transport._pool = httpcore.AsyncConnectionPool(network_backend=StandsStill())
    async with server:
        async with create_client(transport) as client:
            with pytest.raises(Unanswered) as failed:
                await send(client, "POST", url, seconds=0.1, body=b"an order")
        heard = await asyncio.wait_for(asked.get(), 5)

    assert (failed.value.sent, heard) == (False, b"")


async def test_a_request_whose_handshake_fails_has_not_left():
    async def answer(reader, writer):
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server, url = await listen(answer)
    async with server, create_client() as client:
        with pytest.raises(Unanswered) as failed:
            await send(client, "POST", url.replace("http", "https"), seconds=5, body=b"an order")

    assert failed.value.sent is False


async def test_a_request_that_waits_for_a_connection_has_not_left():
    arrived = asyncio.Event()

    async def wait(reader, writer):
        arrived.set()
        await reader.read()
        writer.close()

    server, url = await listen(wait)
    async with server, httpx.AsyncClient(limits=httpx.Limits(max_connections=1)) as client:
        first = asyncio.create_task(send(client, "POST", url, seconds=5))
        await arrived.wait()
        with pytest.raises(Unanswered) as failed:
            await send(client, "POST", url, seconds=0.1, body=b"an order")
        first.cancel()

    assert failed.value.sent is False


@pytest.mark.parametrize(("deaf", "seconds"), [(True, 0.2), (False, 60)])
async def test_a_request_that_left_and_was_not_answered_may_have_been_obeyed(deaf, seconds):
    arrived = asyncio.Event()

    async def answer(reader, writer):
        with suppress(asyncio.IncompleteReadError):
            await reader.readuntil(b"an order")
            arrived.set()
            if deaf:
                await reader.read()
        writer.close()

    server, url = await listen(answer)
    async with server, create_client() as client:
        while not arrived.is_set():  # a busy machine may not have got so far by then
            with pytest.raises(Unanswered) as failed:
                await send(client, "POST", url, seconds=seconds, body=b"an order")

    assert failed.value.sent is True
