"""Forgetting the words of calls, as soon as their client no longer keeps them."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

MOST_FORGOTTEN = 1_000
"""Calls of one client in one run: the next run goes on."""

_FORGET = text("""
WITH old AS (
    SELECT o.client_id, o.id FROM clients c
    LEFT JOIN contact_settings s ON s.client_id = c.id
    CROSS JOIN LATERAL (
        SELECT k.client_id, k.id FROM calls k
        WHERE k.client_id = c.id AND k.words_deleted_at IS NULL
          AND k.created_at < CAST(:now AS timestamptz) - make_interval(days => COALESCE(s.keep_days, :usual))
          AND k.status NOT IN ('queued', 'dispatching', 'unknown')
        ORDER BY k.created_at LIMIT :most
    ) AS o
), silenced AS (
    UPDATE calls AS k SET transcript = NULL, summary = NULL, recording_url = NULL, words_deleted_at = :now
    FROM old WHERE k.client_id = old.client_id AND k.id = old.id
    RETURNING k.client_id, k.id
)
UPDATE tool_answers AS t SET answer = NULL, named = NULL
FROM silenced WHERE t.client_id = silenced.client_id AND t.call_id = silenced.id AND t.answer IS NOT NULL
""")


async def forget_words(session: AsyncSession, *, now: datetime, usual: int) -> None:
    """Delete transcripts, summaries, links to recordings and what tools answered, of calls older than is kept (days).

    That there was a call, with whom, how long and for how much, stays.
    """
    await session.execute(_FORGET, {"now": now, "usual": usual, "most": MOST_FORGOTTEN})
