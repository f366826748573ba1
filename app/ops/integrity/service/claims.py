"""Questions about claims: who blocks what, and whether they may."""

LIVE = "('held', 'confirmed', 'completed', 'no_show')"
"""A booking of these has its claims, or its session's; one that was cancelled or has expired has none."""

OF_CLAIMS = """
($1::uuid IS NULL OR c.client_id = $1)
AND ($2::timestamptz IS NULL OR greatest(c.ends_at, upper(c.blocked)) >= $2)
"""

# In the order of their beginnings a claim overlaps an earlier one if it begins before all of those have ended.
OVERLAP = f"""
SELECT client_id, id, 'resource ' || resource_id
FROM (
    SELECT c.client_id, c.id, c.resource_id, lower(c.blocked) AS "from", max(upper(c.blocked)) OVER (
               PARTITION BY c.client_id, c.resource_id ORDER BY lower(c.blocked), upper(c.blocked), c.id
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS busy_until
    FROM claims c WHERE c.active AND NOT isempty(c.blocked) AND {OF_CLAIMS}
) ordered
WHERE "from" < busy_until
"""

WITHOUT_OWNER = f"""
SELECT c.client_id, c.id, CASE WHEN c.booking_id IS NOT NULL AND c.session_id IS NOT NULL THEN 'both'
                               WHEN c.booking_id IS NOT NULL THEN 'booking ' || c.booking_id
                               WHEN c.session_id IS NOT NULL THEN 'session ' || c.session_id ELSE 'none' END
FROM claims c
LEFT JOIN bookings b ON b.client_id = c.client_id AND b.id = c.booking_id
LEFT JOIN sessions s ON s.client_id = c.client_id AND s.id = c.session_id
WHERE (b.id IS NULL) = (s.id IS NULL) AND {OF_CLAIMS}
"""

OF_ENDED = f"""
SELECT c.client_id, c.id, 'booking ' || b.id
FROM claims c JOIN bookings b ON b.client_id = c.client_id AND b.id = c.booking_id
WHERE c.active AND b.status NOT IN {LIVE} AND {OF_CLAIMS}
"""

ELSEWHERE = f"""
SELECT c.client_id, c.id, coalesce('booking ' || b.id, 'session ' || s.id)
FROM claims c
LEFT JOIN bookings b ON b.client_id = c.client_id AND b.id = c.booking_id
LEFT JOIN sessions s ON s.client_id = c.client_id AND s.id = c.session_id
WHERE (b.id IS NULL) <> (s.id IS NULL) AND {OF_CLAIMS} AND (
    c.starts_at <> coalesce(b.starts_at, s.starts_at) OR c.ends_at <> coalesce(b.ends_at, s.ends_at)
    OR c.service_id <> coalesce(b.service_id, s.service_id))
"""

# A booking keeps what its service was when it was made, so it can be told only of services that have not changed
# since. A request may have seen the service a moment before: hence a minute more, which none lasts. A session does not
# know when it was made.
UNBUFFERED = f"""
SELECT c.client_id, c.id, coalesce('booking ' || b.id, 'session ' || c.session_id)
FROM claims c
JOIN services v ON v.client_id = c.client_id AND v.id = c.service_id
LEFT JOIN bookings b ON b.client_id = c.client_id AND b.id = c.booking_id
WHERE c.active AND {OF_CLAIMS}
  AND CASE WHEN c.session_id IS NULL THEN v.updated_at < b.created_at - interval '1 minute' ELSE v.version = 1 END
  AND (c.ends_at <> c.starts_at + make_interval(mins => v.duration_minutes)
       OR lower(c.blocked) <> c.starts_at - make_interval(mins => v.buffer_before_minutes)
       OR upper(c.blocked) <> c.ends_at + make_interval(mins => v.buffer_after_minutes))
"""

EXPIRE_WRONGLY = f"""
SELECT c.client_id, c.id, coalesce('booking ' || b.id, 'session ' || c.session_id)
FROM claims c
LEFT JOIN bookings b ON b.client_id = c.client_id AND b.id = c.booking_id
LEFT JOIN (
    SELECT client_id, session_id, CASE WHEN bool_and(status = 'held') THEN max(expires_at) END AS expires_at
    FROM bookings WHERE session_id IS NOT NULL AND status IN {LIVE} GROUP BY client_id, session_id
) s ON s.client_id = c.client_id AND s.session_id = c.session_id
WHERE c.active AND {OF_CLAIMS} AND (b.status IN {LIVE} OR s.session_id IS NOT NULL)
  AND c.expires_at IS DISTINCT FROM
      CASE WHEN c.session_id IS NOT NULL THEN s.expires_at WHEN b.status = 'held' THEN b.expires_at END
"""

QUESTIONS = {
    "claims_overlap": OVERLAP,
    "claims_without_owner": WITHOUT_OWNER,
    "claims_of_ended": OF_ENDED,
    "claims_elsewhere": ELSEWHERE,
    "claims_unbuffered": UNBUFFERED,
    "claims_expire_wrongly": EXPIRE_WRONGLY,
}
