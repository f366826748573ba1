"""How soon webhooks are answered: what Vapi tells of calls and Twilio of texts, signed, to one process.

An open loop: the next one goes out when it is due, whether or not the last one was answered, and is timed from when it
was due.
"""

import asyncio
from collections.abc import Iterator
from time import perf_counter
from urllib.parse import urlencode
from uuid import uuid4

from app.integrations.twilio.signature import sign
from tests.bench.stand import Stand
from tests.bench.table import Row, percentile
from tests.bench.voice import A_MINUTE, MORE_SECONDS, SECRET, at_a_pace, furnished, telling

TOKEN = "token-of-the-bench"
PUBLIC_URL = "https://booking.example.com"
LINE = "+442079460000"
MOST_REPORTS = 3_000
BETWEEN_COMMITS = 0.05
TEXTS = (
    "Could I come in for a check-up tomorrow at 3?",
    "can't make it on Tuesday, sorry",
    "what time is my appointment?",
    "yes please",
    "STOP",
)
SENT = """
INSERT INTO messages
    (client_id, id, direction, channel, kind, status, address, line, sid, due_at, created_at, updated_at)
SELECT $1, gen_random_uuid(), 'out', 'sms', 'confirmation', 'accepted', '+447400123456', $2,
       'SM' || lpad(to_hex(number), 32, '0'), now(), now(), now()
FROM generate_series(1, $3) AS number
"""


async def webhooks(stand: Stand) -> list[Row]:
    """Latency of what Vapi and Twilio bring, 1,000 messages a minute to one process; texts are answered elsewhere."""
    practice = await furnished(stand)
    connection = await stand.connect()
    await connection.execute(SENT, practice.client_id, LINE, MOST_REPORTS)
    await connection.close()
    keys = {"VAPI_WEBHOOK_SECRET": SECRET, "TWILIO_AUTH_TOKEN": TOKEN, "APP_PUBLIC_URL": PUBLIC_URL}
    with stand.web("webhooks", None, tracked=True, **keys) as web:
        told = _in_turn(telling(practice), _texting(), _reporting())
        await at_a_pace(web.port, told, seconds=stand.scale.seconds / 2)
        bare: list[float] = []
        beside = asyncio.create_task(_committing(stand, bare))
        took = await at_a_pace(web.port, told, seconds=stand.scale.seconds * MORE_SECONDS)
        beside.cancel()
    what = f"{A_MINUTE:,} webhooks of Vapi and Twilio a minute, one process, p99"
    rest = (
        f"median {percentile(took, 0.5) * 1000:.0f} ms, slowest {max(took) * 1000:.0f} ms of {len(took)};"
        f" of bare commits at the same time p99 {percentile(bare, 0.99) * 1000:.0f}, slowest {max(bare) * 1000:.0f} ms"
    )
    return [Row(what, percentile(took, 0.99) * 1000, "ms", None, rest, 100, False)]


async def _committing(stand: Stand, took: list[float]) -> None:
    """Commit the smallest thing that has to reach the disk, again and again: no webhook is faster than that."""
    connection = await stand.connect()
    try:
        while True:
            began = perf_counter()
            await connection.execute("SELECT pg_logical_emit_message(true, 'bench', 'a commit')")
            took.append(perf_counter() - began)
            await asyncio.sleep(BETWEEN_COMMITS)
    finally:
        connection.terminate()


def _in_turn(*sources: Iterator[bytes]) -> Iterator[bytes]:
    while True:
        yield from (next(source) for source in sources)


def _texting() -> Iterator[bytes]:
    """Yield texts of many customers."""
    number = 0
    while True:
        number += 1
        sid = f"SM{uuid4().hex}"
        form = {"MessageSid": sid, "SmsSid": sid, "AccountSid": f"AC{'0' * 32}", "From": f"+447400{number % 1_000:06d}"}
        form |= {"To": LINE, "Body": TEXTS[number % len(TEXTS)], "NumMedia": "0", "NumSegments": "1"}
        yield _posted("/webhooks/twilio/inbound", form)


def _reporting() -> Iterator[bytes]:
    """Yield reports of texts that went out, each delivered after it was sent."""
    number = 0
    while True:
        number += 1
        sid = f"SM{number % MOST_REPORTS + 1:032x}"
        for status in ("sent", "delivered"):
            form = {"MessageSid": sid, "SmsSid": sid, "AccountSid": f"AC{'0' * 32}", "MessageStatus": status}
            yield _posted("/webhooks/twilio/status", form | {"From": LINE, "To": "+447400123456"})


def _posted(path: str, form: dict[str, str]) -> bytes:
    """Return a form as bytes on the wire, signed as Twilio does."""
    content = urlencode(form).encode()
    signature = sign(PUBLIC_URL + path, {name: [value] for name, value in form.items()}, TOKEN)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: test\r\nX-Twilio-Signature: {signature}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content
