"""Questions about bookings, the sessions whose seats they take, and their histories."""

from app.ops.integrity.service.claims import LIVE

OF_BOOKINGS = """
($1::uuid IS NULL OR b.client_id = $1) AND ($2::timestamptz IS NULL OR b.starts_at >= $2 OR b.updated_at >= $2)
"""
OF_SESSIONS = "($1::uuid IS NULL OR s.client_id = $1) AND ($2::timestamptz IS NULL OR s.starts_at >= $2)"

WITHOUT_CLAIMS = f"""
SELECT b.client_id, b.id, b.status
FROM bookings b
LEFT JOIN (
    SELECT client_id, booking_id, bool_and(active) AS active FROM claims
    WHERE booking_id IS NOT NULL GROUP BY client_id, booking_id
) c ON c.client_id = b.client_id AND c.booking_id = b.id
WHERE b.session_id IS NULL AND b.status IN {LIVE} AND c.active IS NOT TRUE AND {OF_BOOKINGS}
"""

OFF_SESSION = f"""
SELECT b.client_id, b.id, 'session ' || s.id
FROM bookings b JOIN sessions s ON s.client_id = b.client_id AND s.id = b.session_id
WHERE (b.starts_at <> s.starts_at OR b.ends_at <> s.ends_at OR b.service_id <> s.service_id) AND {OF_BOOKINGS}
"""

OVERFULL = f"""
SELECT s.client_id, s.id, format('%s of %s', s.taken, s.capacity) FROM sessions s
WHERE s.taken NOT BETWEEN 0 AND s.capacity AND {OF_SESSIONS}
"""

MISCOUNTED = f"""
SELECT s.client_id, s.id, format('counts %s, bookings take %s', s.taken, coalesce(live.seats, 0))
FROM sessions s
LEFT JOIN (
    SELECT client_id, session_id, sum(seats) AS seats FROM bookings
    WHERE session_id IS NOT NULL AND status IN {LIVE} GROUP BY client_id, session_id
) live ON live.client_id = s.client_id AND live.session_id = s.id
WHERE s.taken <> coalesce(live.seats, 0) AND {OF_SESSIONS}
"""

CLAIMED_WRONGLY = f"""
SELECT s.client_id, s.id, format('%s seats taken, %s of %s claims active', s.taken, coalesce(c.active, 0),
                                 coalesce(c.claims, 0))
FROM sessions s
LEFT JOIN (
    SELECT client_id, session_id, count(*) AS claims, count(*) FILTER (WHERE active) AS active FROM claims
    WHERE session_id IS NOT NULL GROUP BY client_id, session_id
) c ON c.client_id = s.client_id AND c.session_id = s.id
WHERE {OF_SESSIONS}
  AND CASE WHEN s.taken > 0 THEN c.claims IS NULL OR c.active < c.claims ELSE coalesce(c.active, 0) > 0 END
"""

# Requests that change one booking wait for each other, but each event bears the instant at which its request came in:
# so events within a minute of each other may stand in either order, and counting tells what their order cannot.
TOLD = """
SELECT client_id, booking_id, count(*) AS events, min(at) AS first_at, max(at) AS last_at,
       min(at) FILTER (WHERE type IN ('held', 'confirmed')) AS begun_at,
       min(at) FILTER (WHERE type IN ('cancelled', 'released', 'expired')) AS ended_at,
       count(*) FILTER (WHERE type IN ('cancelled', 'released', 'expired')) AS ends,
       count(*) FILTER (WHERE type IN ('completed', 'no_show')) AS closings,
       CASE WHEN bool_or(type = 'cancelled') THEN 'cancelled'
            WHEN bool_or(type IN ('released', 'expired')) THEN 'expired'
            WHEN bool_or(type IN ('completed', 'no_show')) THEN
                (array_agg(type ORDER BY id DESC) FILTER (WHERE type IN ('completed', 'no_show')))[1]
            WHEN bool_or(type = 'confirmed') THEN 'confirmed'
            WHEN bool_or(type = 'held') THEN 'held' END AS status
FROM booking_events e WHERE $1::uuid IS NULL OR e.client_id = $1 GROUP BY client_id, booking_id
"""
HISTORIES = f"bookings b LEFT JOIN ({TOLD}) h ON h.client_id = b.client_id AND h.booking_id = b.id"

WITHOUT_HISTORY = f"""
SELECT b.client_id, b.id, b.status FROM {HISTORIES}
WHERE (h.begun_at IS NULL OR h.begun_at > h.first_at + interval '1 minute') AND {OF_BOOKINGS}
"""

DISAGREES = f"""
SELECT b.client_id, b.id, format('status %s, history %s', b.status, coalesce(h.status, 'unknown')) FROM {HISTORIES}
WHERE h.begun_at IS NOT NULL AND h.ends < 2 AND b.status IS DISTINCT FROM h.status AND {OF_BOOKINGS}
"""

AFTER_END = f"""
SELECT b.client_id, b.id, b.status FROM {HISTORIES}
WHERE (h.ends > 1 OR h.ends = 1 AND (h.closings > 0 OR h.last_at > h.ended_at + interval '1 minute')) AND {OF_BOOKINGS}
"""

HISTORY_MISCOUNTED = f"""
SELECT b.client_id, b.id, format('version %s, %s events', b.version, h.events) FROM {HISTORIES}
WHERE h.events <> b.version AND {OF_BOOKINGS}
"""

HOLDS_OVERDUE = f"""
SELECT b.client_id, b.id, 'ran out at ' || to_char(b.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
FROM bookings b WHERE b.status = 'held' AND b.expires_at < $3::timestamptz - interval '10 minutes' AND {OF_BOOKINGS}
"""

QUESTIONS = {
    "bookings_without_claims": WITHOUT_CLAIMS,
    "bookings_off_session": OFF_SESSION,
    "sessions_overfull": OVERFULL,
    "sessions_miscounted": MISCOUNTED,
    "sessions_claimed_wrongly": CLAIMED_WRONGLY,
    "bookings_without_history": WITHOUT_HISTORY,
    "history_disagrees": DISAGREES,
    "history_after_end": AFTER_END,
    "history_miscounted": HISTORY_MISCOUNTED,
    "holds_overdue": HOLDS_OVERDUE,
}
