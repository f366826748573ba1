"""The background door of channels: how Twilio, e-mail and Vapi are, and what waits for them."""

from datetime import datetime
from typing import Any

from app.core.handlers import DatabaseUnavailable
from app.messages.letters.jobs import missing as missing_for_letters
from app.messages.sending.jobs import missing as missing_for_texts
from app.ops.channels.rules import provider
from app.ops.process import Process

READ_SECONDS = 15.0

# Put off, or overdue by a minute; of all clients, by an index that holds only what has not left.
_WAITING = """
SELECT channel, COALESCE(error_code, 'overdue') AS code, COUNT(*) AS count FROM messages
WHERE status IN ('queued', 'sending', 'unknown') AND due_at <= NOW() + INTERVAL '15 minutes'
  AND (error_code IS NOT NULL OR due_at < NOW() - INTERVAL '1 minute')
GROUP BY channel, code ORDER BY channel, code LIMIT 100
"""


def attend(process: Process) -> None:
    """Register the looks of health, and have the process know what waits while the database is there."""
    looks = _Looks(process)
    process.health |= {"twilio": looks.twilio, "email": looks.email, "vapi": looks.vapi}
    known: dict[str, dict[str, int]] = {}

    async def read() -> None:
        found = await looks.waiting() if (await process.lifeline.check()).up else {}
        known.clear()
        known.update(found)

    process.gauges["messages"] = lambda: dict(known)
    process.background.every(READ_SECONDS, "channels", read)


class _Looks:
    """Looks of one process."""

    def __init__(self, process: Process) -> None:
        self._process, self._settings = process, process.settings

    async def waiting(self) -> dict[str, dict[str, int]]:
        """Return how many messages wait by channel and code."""
        found: dict[str, dict[str, int]] = {}
        for row in await self._process.lifeline.fetch(_WAITING):
            found.setdefault(row["channel"], {})[row["code"]] = row["count"]
        return found

    async def twilio(self, _now: datetime) -> dict[str, Any]:
        """Tell whether texts can leave."""
        configured, missing = bool(self._settings.twilio_account_sid), missing_for_texts(self._settings)
        waiting = await self._of("sms") if configured else {}
        return provider("twilio", configured=configured, missing=missing, waiting=waiting)

    async def email(self, _now: datetime) -> dict[str, Any]:
        """Tell whether e-mail can leave."""
        configured = missing_for_letters(self._settings) is None
        waiting = await self._of("email") if configured else {}
        return provider("email", configured=configured, missing=None, waiting=waiting)

    async def vapi(self, _now: datetime) -> dict[str, Any]:
        """Tell whether callers can be answered: what Vapi asks is refused without its secret."""
        configured = self._settings.vapi_api_key is not None or self._settings.vapi_webhook_secret is not None
        missing = None if self._settings.vapi_webhook_secret else "vapi_webhook_secret_missing"
        return provider("vapi", configured=configured, missing=missing, waiting={})

    async def _of(self, channel: str) -> dict[str, int]:
        if not (await self._process.lifeline.check()).up:
            raise DatabaseUnavailable
        return (await self.waiting()).get(channel, {})
