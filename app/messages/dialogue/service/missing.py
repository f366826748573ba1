"""Texts that Twilio has and we have not: webhooks get lost, and a restored database has none since its snapshot."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.clients.contact.service import line_of
from app.core.direct import fetch, fetch_first
from app.integrations.twilio.answers import Sent
from app.integrations.twilio.payloads import LONGEST_ADDRESS, LONGEST_BODY, Inbound, kind_of
from app.jobs.outbox import emit_all
from app.messages.dialogue.events import TextsSought
from app.messages.dialogue.service.receiving import take_late

log = structlog.get_logger()

ON_ITS_WAY = timedelta(minutes=5)
"""So long a webhook may take: Twilio brings it again, as our address asks it to."""
LONGEST = timedelta(days=30)
"""What is older is not looked for."""

_LAST = "SELECT last_succeeded_at FROM periodic_runs WHERE name = $1"
_LINES = """
SELECT l.client_id, l.number FROM lines l JOIN clients c ON c.id = l.client_id
WHERE l.texts AND c.status = 'active' ORDER BY l.number
"""
_KNOWN = "SELECT sid FROM messages WHERE client_id = $1 AND sid = ANY ($2::varchar[])"


async def seek(session: AsyncSession, task: str, *, usual: timedelta, now: datetime) -> int:
    """Leave a job for each line of an active client, over all since a periodic task last succeeded; return how many.

    At least `usual` is looked at, at most 30 days.
    """
    row = await fetch_first(session, _LAST, task)
    last = row["last_succeeded_at"] if row is not None else None
    since = max(min(last or now, now - usual) - 2 * ON_ITS_WAY, now - LONGEST)
    lines = await fetch(session, _LINES)
    until = now - ON_ITS_WAY
    await emit_all(session, [TextsSought(each["client_id"], each["number"], since, until) for each in lines], now=now)
    return len(lines)


async def take_missed(
    session: AsyncSession, sought: TextsSought, listed: Sequence[Sent], *, account: str, now: datetime
) -> int:
    """Take in what is listed for a line, oldest first, and is not known; return how many that were."""
    line = await line_of(session, sought.line)
    if line is None or line.client.id != sought.client_id:
        return 0
    known = {row["sid"] for row in await fetch(session, _KNOWN, line.client.id, [each.sid for each in listed])}
    count = 0
    for each in listed:
        if each.sid in known or each.created_at is None or not sought.since <= each.created_at <= sought.until:
            continue
        text = _inbound(each, sought.line, account)
        taken = await take_late(session, line, text, written_at=each.created_at, now=now)
        await session.commit()
        count += 1
        log.info("text_fetched", taken=taken, client_id=str(line.client.id))
    return count


def _inbound(listed: Sent, line: str, account: str) -> Inbound:
    """Return a listed text as its webhook would have brought it; the list does not say what Twilio has answered."""
    sender = (listed.sender or "")[:LONGEST_ADDRESS]
    return Inbound(
        sid=listed.sid,
        account=account,
        sender=sender,
        sender_kind=kind_of(sender),
        line=line,
        messaging_service=listed.messaging_service,
        body=(listed.body or "").replace("\x00", "\N{REPLACEMENT CHARACTER}")[:LONGEST_BODY],
        cut=False,
        segments=listed.segments,
        media_count=min(listed.media, 100),
        media=(),
        opt_out=None,
    )
