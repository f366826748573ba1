"""Ask Render's API. What only reads is asked again when Render fails; an order is given once."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote

from pydantic import SecretStr, TypeAdapter, ValidationError

from app.core.clock import iso
from app.core.http import Client, Reply, Unanswered, send
from app.integrations.render import payloads
from app.integrations.render.errors import (
    RenderBusy,
    RenderKeyRefused,
    RenderLacksIt,
    RenderOutcomeUnknown,
    RenderRefused,
    RenderUnintelligible,
    RenderUnreachable,
)

T = TypeVar("T")
Pause = Callable[[float], Awaitable[None]]

ANSWER_SECONDS = 15.0
TRIES = 3
LONGEST_WAIT_SECONDS = 60
"""So long we wait where Render says how long; it was seen to say 51 s."""
USUAL_WAIT_SECONDS = 10
MOST_DEPLOYS = 100
LONGEST_COMPLAINT = 300


@dataclass(frozen=True, slots=True)
class Render:
    """Render's API with one key. Every method raises what `errors` has; `pause` is how it waits, in seconds."""

    client: Client
    url: str
    key: SecretStr
    pause: Pause = asyncio.sleep
    tries: int = TRIES

    async def recovery(self, postgres: str) -> payloads.Recovery:
        """Return from when on a database can be brought back."""
        return await self._read(f"/postgres/{_part(postgres)}/recovery", payloads.RECOVERY)

    async def recover(self, postgres: str, *, to: datetime, name: str) -> payloads.Instance:
        """Have a new database made that is as this one was at an instant; this one stays as it is."""
        body = {"restoreTime": iso(to), "restoreName": name}
        return await self._order("POST", f"/postgres/{_part(postgres)}/recovery", payloads.INSTANCE, body)

    async def instance(self, postgres: str) -> payloads.Instance:
        """Return a database."""
        return await self._read(f"/postgres/{_part(postgres)}", payloads.INSTANCE)

    async def instance_named(self, name: str) -> payloads.Instance | None:
        """Return the database of a name, if there is one."""
        found = await self._read(f"/postgres?name={quote(name, safe='')}&limit=100", payloads.INSTANCES)
        return next((each.postgres for each in found if each.postgres.name == name), None)

    async def exports(self, postgres: str) -> list[payloads.Export]:
        """Return the logical exports of the last days, the newest first."""
        found = await self._read(f"/postgres/{_part(postgres)}/export", payloads.EXPORTS)
        return sorted(found, key=lambda export: export.created_at, reverse=True)

    async def export(self, postgres: str) -> None:
        """Have an export begun."""
        await self._order("POST", f"/postgres/{_part(postgres)}/export", payloads.NOTHING, None)

    async def service(self, service: str) -> payloads.Service:
        """Return a service."""
        return await self._read(f"/services/{_part(service)}", payloads.SERVICE)

    async def deploy_automatically(self, service: str, trigger: str) -> None:
        """Set what a service deploys by itself: `off`, `commit` or `checksPass`."""
        body = {"autoDeployTrigger": trigger}
        await self._order("PATCH", f"/services/{_part(service)}", payloads.NOTHING, body)

    async def deploys(self, service: str) -> list[payloads.Deploy]:
        """Return a service's deploys, the newest first; at most 100."""
        path = f"/services/{_part(service)}/deploys?limit={MOST_DEPLOYS}"
        return [each.deploy for each in await self._read(path, payloads.DEPLOYS)]

    async def deploy(self, service: str, deploy: str) -> payloads.Deploy:
        """Return one deploy of a service."""
        return await self._read(f"/services/{_part(service)}/deploys/{_part(deploy)}", payloads.DEPLOY)

    async def roll_back(self, service: str, deploy: str) -> payloads.Deploy:
        """Have an earlier deploy's build go live again, as a new deploy."""
        return await self._order("POST", f"/services/{_part(service)}/rollback", payloads.DEPLOY, {"deployId": deploy})

    async def _read(self, path: str, shape: TypeAdapter[T]) -> T:
        for attempt in range(1, self.tries + 1):
            try:
                reply = await self._ask("GET", path, None)
            except Unanswered:
                reply = None
            if reply is not None and reply.status < 500:
                return self._understood(reply, shape, RenderUnintelligible)
            if attempt < self.tries:
                await self.pause(2.0 ** (attempt - 1))
        raise RenderUnreachable

    async def _order(self, method: str, path: str, shape: TypeAdapter[T], body: Mapping[str, str] | None) -> T:
        try:
            reply = await self._ask(method, path, body)
        except Unanswered as failure:
            raise RenderOutcomeUnknown from failure
        if reply.status >= 500:
            raise RenderOutcomeUnknown
        return self._understood(reply, shape, RenderOutcomeUnknown)

    async def _ask(self, method: str, path: str, body: Mapping[str, str] | None) -> Reply:
        """Send a request; where Render is busy it has not done it, so it is sent once more after the time it says."""
        reply = await self._send(method, path, body)
        seconds = _wait(reply)
        if reply.status == 429 and self.tries > 1 and seconds <= LONGEST_WAIT_SECONDS:
            await self.pause(seconds)
            reply = await self._send(method, path, body)
        if reply.status == 429:
            raise RenderBusy(f"Render takes no more requests of this key for now: try again in {_wait(reply)} s.")
        return reply

    async def _send(self, method: str, path: str, body: Mapping[str, str] | None) -> Reply:
        headers = {"Authorization": f"Bearer {self.key.get_secret_value()}", "Accept": "application/json"}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body).encode()
        url = self.url.rstrip("/") + path
        return await send(self.client, method, url, seconds=ANSWER_SECONDS, headers=headers, body=content)

    def _understood(
        self, reply: Reply, shape: TypeAdapter[T], otherwise: type[RenderUnintelligible] | type[RenderOutcomeUnknown]
    ) -> T:
        if reply.status in {401, 403}:
            raise RenderKeyRefused
        if reply.status == 404:
            raise RenderLacksIt
        if 400 <= reply.status < 500:
            raise RenderRefused(f"Render refuses that ({reply.status}): {self._complaint(reply)}")
        if not 200 <= reply.status < 300:
            raise otherwise
        if shape is payloads.NOTHING:
            return shape.validate_python(None)
        try:
            return shape.validate_json(reply.body)
        except ValidationError:
            raise otherwise from None

    def _complaint(self, reply: Reply) -> str:
        """Return in one line what Render says, without our key."""
        try:
            said = payloads.Complaint.model_validate_json(reply.body).message
        except ValidationError:
            said = ""
        said = " ".join(said.replace(self.key.get_secret_value(), "...").split())
        shown = "".join(character for character in said if character.isprintable())[:LONGEST_COMPLAINT]
        return shown or "it does not say why."


def _part(identifier: str) -> str:
    """Return an id as one part of a path."""
    return quote(identifier, safe="")


def _wait(reply: Reply) -> int:
    """Return how many seconds Render wants us to wait, at least 1."""
    said = reply.headers.get("retry-after") or reply.headers.get("ratelimit-reset") or ""
    return max(1, int(said)) if said.isascii() and said.isdigit() and len(said) < 10 else USUAL_WAIT_SECONDS
