"""Questions about messages and calls: what should be over long since."""

OF_MESSAGES = "($1::uuid IS NULL OR m.client_id = $1)"
OF_CALLS = "($1::uuid IS NULL OR k.client_id = $1)"

MESSAGES_OVERDUE = f"""
SELECT m.client_id, m.id, m.channel || ' ' || m.status FROM messages m
WHERE m.status IN ('queued', 'sending', 'unknown') AND m.due_at < $3::timestamptz - interval '1 day' AND {OF_MESSAGES}
"""

CALLS_UNFINISHED = f"""
SELECT k.client_id, k.id, k.status FROM calls k
WHERE k.status IN ('queued', 'dispatching', 'unknown') AND k.due_at < $3::timestamptz - interval '1 day' AND {OF_CALLS}
UNION ALL
SELECT k.client_id, k.id, k.status FROM calls k
WHERE k.status IN ('ringing', 'in_progress', 'forwarding') AND k.vapi_id IS NOT NULL AND k.reported_at IS NULL
  AND k.updated_at < $3::timestamptz - interval '1 day' AND {OF_CALLS}
"""

QUESTIONS = {"messages_overdue": MESSAGES_OVERDUE, "calls_unfinished": CALLS_UNFINISHED}
