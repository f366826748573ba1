"""A process that serves one request which fails, with the caller's words in every part of it; run by a test."""

import asyncio
import sys

import httpx

from app.cli.process import configure
from app.main import create_app

WORDS = "Annabel-Otherwise"
CONTROLLED = {"baggage": f"who={WORDS}", "tracestate": f"who={WORDS}", "Host": f"{WORDS.lower()}.test"}
HEADERS = {"X-API-Key": WORDS, "Idempotency-Key": WORDS, "User-Agent": WORDS, **CONTROLLED}


def broken() -> None:
    of_the_caller = {"name": WORDS}
    raise RuntimeError(f"cannot book for {of_the_caller['name']}") from ValueError(WORDS)


async def main() -> None:
    app = create_app(configure())
    app.state.clock = broken
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://t") as http:
        body = {"customer": {"phone": "+447400123456", "name": WORDS}, "notes": WORDS}
        answer = await http.post(f"/api/bookings?name={WORDS}", json=body, headers=HEADERS)
        assert answer.status_code == 500
        assert (await http.get(f"/api/{WORDS}", headers=HEADERS)).status_code == 404
    if "sentry_sdk" in sys.modules:
        sys.modules["sentry_sdk"].flush(5)
    print(*sys.modules)  # noqa: T201 - this is what the test reads


if __name__ == "__main__":
    asyncio.run(main())
