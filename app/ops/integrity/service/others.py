"""Questions about all the rest: times, customers, stored answers, jobs."""

from app.ops.integrity.service.bookings import OF_BOOKINGS, OF_SESSIONS
from app.ops.integrity.service.claims import OF_CLAIMS

TIMES = f"""
SELECT b.client_id, b.id, 'booking' FROM bookings b WHERE b.starts_at >= b.ends_at AND {OF_BOOKINGS}
UNION ALL
SELECT s.client_id, s.id, 'session' FROM sessions s WHERE s.starts_at >= s.ends_at AND {OF_SESSIONS}
UNION ALL
SELECT c.client_id, c.id, 'claim' FROM claims c
WHERE (lower(c.blocked) <= c.starts_at AND c.starts_at < c.ends_at AND c.ends_at <= upper(c.blocked)) IS NOT TRUE
  AND {OF_CLAIMS}
UNION ALL
SELECT t.client_id, t.id, 'busy time' FROM busy_times t
WHERE t.starts_at >= t.ends_at AND ($1::uuid IS NULL OR t.client_id = $1)
"""

CUSTOMERS_TWICE = """
SELECT client_id, min(id::text), count(*) || ' customers' FROM customers
WHERE phone IS NOT NULL AND ($1::uuid IS NULL OR client_id = $1)
GROUP BY client_id, phone HAVING count(*) > 1
"""

# A principal is `key:ID@CLIENT`, or `operator@CLIENT`; `-` for no client.
ANSWERS = """
SELECT c.id, a.principal, NULL
FROM (SELECT principal, split_part(principal, '@', 1) AS who, split_part(principal, '@', 2) AS client
      FROM idempotency_answers GROUP BY principal) a
LEFT JOIN api_keys k ON 'key:' || k.id = a.who
LEFT JOIN clients c ON c.id::text = a.client
WHERE (a.who LIKE 'key:%' AND k.id IS NULL OR a.client <> '-' AND c.id IS NULL)
  AND ($1::uuid IS NULL OR a.client = $1::text)
"""

JOBS = "SELECT NULL::uuid, id, entrypoint FROM pgqueuer WHERE status = 'failed'"

QUESTIONS = {
    "times_reversed": TIMES,
    "customers_twice": CUSTOMERS_TWICE,
    "answers_without_owner": ANSWERS,
    "jobs_held": JOBS,
}
OF_NO_CLIENT = {"jobs_held"}
"""What is left out where one client is asked for."""
