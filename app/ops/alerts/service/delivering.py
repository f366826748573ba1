"""Deliver messages about alerts to the operator's webhook, and a sign of life to an outside monitor.

Neither needs the database. Messages are signed as Standard Webhooks (standardwebhooks.com); the id stays the same over
all attempts, so a receiver that got one twice knows.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog
from standardwebhooks import Webhook

from app.core.config import Settings
from app.core.http import Client, Unanswered, create_client, send
from app.ops.alerts.rules.pages import Page

logger = structlog.get_logger()

PATIENCE_SECONDS = 5.0
CONTENT = "application/json"
MOST_DONE = 1_000
"""So many messages are remembered as done with, lest one that is just being written is taken once more."""


@dataclass(slots=True)
class Pulse:
    """When the outside monitor last heard of us, and why it did not."""

    sent_at: datetime | None = None
    error: str | None = None


@dataclass(slots=True)
class Courier:
    """Holds what is to be delivered, and tries. `ended` is what has happened to messages since it was last written."""

    settings: Settings
    connect: Callable[[], Client] = create_client
    waiting: dict[UUID, Page] = field(default_factory=dict)
    ended: dict[UUID, Page] = field(default_factory=dict)
    pulse: Pulse = field(default_factory=Pulse)
    _done: dict[UUID, None] = field(default_factory=dict)

    def addressed(self, page: Page) -> Page:
        """Return a new message as it is to be written down: where there is nowhere to send it, that was all."""
        return page if self.settings.alert_webhook_url else page.logged()

    def take(self, pages: Iterable[Page]) -> None:
        """Take messages to deliver, unless they are held already, or are done with."""
        for page in pages:
            if page.status == "pending" and page.id not in self._done and self.settings.alert_webhook_url:
                self.waiting.setdefault(page.id, page)

    def drop(self) -> None:
        """Let go of all: another process delivers now."""
        self.waiting.clear()

    async def deliver(self, *, now: datetime) -> None:
        """Try every message whose time has come, once; of one alert the next only when the one before is done with."""
        first: dict[UUID, Page] = {}
        for page in self.waiting.values():
            first.setdefault(page.alert_id, page)
        due = [page for page in first.values() if page.next_at is None or page.next_at <= now]
        if due:
            async with self.connect() as client:
                await asyncio.gather(*(self._try(client, page, now) for page in due))

    async def _try(self, client: Client, page: Page, now: datetime) -> None:
        error = await self._post(client, page, now)
        tried = page.delivered(now) if error is None else page.refused(error, now)
        if error is not None:
            logger.warning("alert_undelivered", page=str(page.id), code=error, attempts=tried.attempts)
        if page.id in self.waiting:
            self.waiting[page.id] = tried
        self.ended[page.id] = tried
        if tried.status != "pending":
            self.waiting.pop(page.id, None)
            self._done[page.id] = None
            while len(self._done) > MOST_DONE:
                del self._done[next(iter(self._done))]

    async def beat(self, *, now: datetime) -> None:
        """Tell the outside monitor that all is well."""
        url = self.settings.heartbeat_url
        if not url:
            return
        try:
            async with self.connect() as client:
                reply = await send(client, "GET", url, seconds=PATIENCE_SECONDS)
        except Unanswered as failure:
            self.pulse.error = _reason(failure)
            return
        self.pulse.error = None if reply.status < 300 else f"status_{reply.status}"
        if self.pulse.error is None:
            self.pulse.sent_at = now

    async def _post(self, client: Client, page: Page, now: datetime) -> str | None:
        """Return why a message was not taken, None if it was."""
        url, secret = self.settings.alert_webhook_url, self.settings.alert_webhook_secret
        assert url is not None
        assert secret is not None
        signature = Webhook(secret.get_secret_value()).sign(str(page.id), now, page.body)
        headers = {
            "Content-Type": CONTENT,
            "webhook-id": str(page.id),
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signature,
        }
        try:
            reply = await send(client, "POST", url, seconds=PATIENCE_SECONDS, headers=headers, body=page.body.encode())
        except Unanswered as failure:
            return _reason(failure)
        return None if 200 <= reply.status < 300 else f"status_{reply.status}"


def _reason(failure: Unanswered) -> str:
    """Return what kind of failure it was; its text may hold the address."""
    return type(failure.__cause__).__name__ if failure.__cause__ else "unanswered"
