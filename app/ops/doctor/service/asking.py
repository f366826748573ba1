"""Ask one address of a service."""

from collections.abc import Mapping

import orjson

from app.core.http import Client, Unanswered, send
from app.ops.doctor.rules.facts import Answer
from app.ops.doctor.service.failures import failure_of

SECONDS = 3.0


async def answer_of(client: Client, url: str, headers: Mapping[str, str]) -> Answer:
    """Return what an address answered within three seconds, or why nothing came; never raises for the network."""
    try:
        reply = await send(client, "GET", url, seconds=SECONDS, headers=headers)
    except Unanswered as nothing:
        return Answer(failure=failure_of(nothing))
    try:
        said = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        said = None
    said = said if isinstance(said, dict) else {}
    return Answer(reply.status, said, routing=reply.headers.get("x-render-routing"))
