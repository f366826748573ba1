"""How soon callers hear something: tools used in many calls at once.

An open loop: the next request goes out when it is due, whether or not the last one was answered, and is timed
from when it was due.
"""

import asyncio
import json
from collections.abc import Iterator
from itertools import cycle
from time import perf_counter
from typing import Any
from uuid import uuid4

from app.core.clock import iso
from tests.bench.filling import fill
from tests.bench.stand import Stand
from tests.bench.table import Row, percentile
from tests.bench.wishes import MINUTES, SLOTS_A_DAY, STAFF
from tests.races.practice import Practice
from tests.races.wire import Caller

SECRET = "secret-of-the-bench"
LINE_ID = "line-of-the-bench"
CALLS, EVERY_SECONDS = 16, 2.0
DAYS, CLAIMS = 14, 1_120
"""Ten staff over two weeks, half booked."""
A_MINUTE, AT_ONCE = 1_000, 32
MORE_SECONDS = 6
"""So many times longer than other parts: few requests a second make few figures."""

LINE = "INSERT INTO lines (number, client_id, vapi_phone_number_id) VALUES ('+442079460000', $1, $2)"


async def voice(stand: Stand) -> list[Row]:
    """Latency of tools with 16 calls in progress, each using one every 2 s: looking for times, and booking."""
    practice = await furnished(stand)
    rows = []
    with stand.web("voice", VAPI_WEBHOOK_SECRET=SECRET) as web:
        for name, talks in {"find_slots": _asking, "book_appointment": _booking}.items():
            calls = [talks(practice, number) for number in range(CALLS)]
            await _each(web.port, calls, seconds=stand.scale.seconds / 2)
            took = await _each(web.port, calls, seconds=stand.scale.seconds * MORE_SECONDS)
            what = f"voice tool call, {name}, {DAYS} days, {STAFF} staff, p95 with {CALLS} calls"
            rest = f"median {percentile(took, 0.5) * 1000:.0f} ms, slowest {max(took) * 1000:.0f} ms of {len(took)}"
            rows.append(Row(what, percentile(took, 0.95) * 1000, "ms", None, rest, 50, False))
    return rows


async def furnished(stand: Stand) -> Practice:
    """Return a client of ten staff whose next two weeks are half booked, with a line."""
    practice = await stand.practice()
    await fill(stand.database.dsn, practice, CLAIMS, last_day=DAYS, a_day=CLAIMS // DAYS // STAFF)
    connection = await stand.connect()
    await connection.execute(LINE, practice.client_id, LINE_ID)
    await connection.close()
    return practice


def _asking(_practice: Practice, number: int) -> Iterator[bytes]:
    """Yield one call's questions: the next times there are, within two weeks."""
    call = str(uuid4())
    while True:
        yield _message(call, number, "tool-calls", toolCallList=[_use("find_slots", {})])


def _booking(practice: Practice, number: int) -> Iterator[bytes]:
    """Yield one call's bookings, each held and then confirmed, of starts that no other call asks for."""
    call, mine = str(uuid4()), 0
    while True:
        place = mine * CALLS + number
        day, slot = DAYS + place // (SLOTS_A_DAY * STAFF), place // STAFF % SLOTS_A_DAY
        start = iso(practice.start(day, slot * MINUTES))
        for arguments in ({"when": start, "staff": f"Staff {place % STAFF}"}, {"confirm": True}):
            yield _message(call, number, "tool-calls", toolCallList=[_use("book_appointment", arguments)])
        mine += 1


def telling(practice: Practice) -> Iterator[bytes]:
    """Yield what is told of one call after the other."""
    said = "AI: Hello, how can I help you? User: I would like to come in next week. " * 40
    report = {"endedReason": "customer-ended-call", "artifact": {"transcript": said, "messages": []}, "cost": 0.1}
    number = 0
    while True:
        number += 1
        call = str(uuid4())
        yield _message(call, number, "assistant-request")
        yield _message(call, number, "status-update", status="in-progress")
        yield _message(call, number, "tool-calls", toolCallList=[_use("find_slots", {})])
        yield _message(call, number, "status-update", status="ended", endedReason="customer-ended-call")
        yield _message(call, number, "end-of-call-report", **report)


def _use(tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {"id": f"call_{uuid4().hex}", "type": "function", "function": {"name": tool, "arguments": arguments}}


def _message(call: str, number: int, kind: str, **more: Any) -> bytes:
    """Return a message as bytes on the wire."""
    customer = {"number": f"+447400{number % 1_000_000:06d}"}
    of_call = {"id": call, "type": "inboundPhoneCall", "phoneNumberId": LINE_ID, "customer": customer}
    content = json.dumps({"message": {"type": kind, "call": of_call, "customer": customer, **more}}).encode()
    head = f"Authorization: Bearer {SECRET}\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n"
    return b"POST /webhooks/vapi HTTP/1.1\r\nHost: test\r\n" + head.encode() + b"\r\n" + content


async def _each(port: int, calls: list[Iterator[bytes]], *, seconds: float) -> list[float]:
    """Return how long each answer took, when every call sends its next message every 2 s, one after the other."""
    took: list[float] = []

    async def talk(call: Iterator[bytes], after: float) -> None:
        due, until = began + after, began + max(seconds, EVERY_SECONDS)
        line = Caller(port)
        while due < until:
            await asyncio.sleep(due - perf_counter())
            took.append(await _timed(line, next(call), due))
            due += EVERY_SECONDS
        line.close()

    began = perf_counter()
    await asyncio.gather(*[talk(call, EVERY_SECONDS * n / len(calls)) for n, call in enumerate(calls)])
    return took


async def at_a_pace(port: int, messages: Iterator[bytes], *, seconds: float) -> list[float]:
    """Return how long each answer took, when messages are sent at an even pace."""
    lines = cycle([Caller(port) for _ in range(AT_ONCE)])
    sent: list[asyncio.Task[float]] = []
    began = perf_counter()
    while (due := began + len(sent) * 60 / A_MINUTE) < began + max(seconds, 1):
        await asyncio.sleep(due - perf_counter())
        sent.append(asyncio.create_task(_timed(next(lines), next(messages), due)))
    return await asyncio.gather(*sent)


async def _timed(line: Caller, raw: bytes, due: float) -> float:
    answer = await line.send(raw)
    took = perf_counter() - due
    assert answer.status in {200, 204}, f"{answer.status} {answer.body!r}"
    assert b'"error"' not in answer.body or b"assistant-request" in raw, answer.body
    return took
