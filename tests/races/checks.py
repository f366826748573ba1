"""What must hold after a race, found by SQL that trusts neither the constraints nor the service."""

from collections import Counter, defaultdict
from itertools import pairwise
from typing import Any

import asyncpg

from tests.races.callers import Ledger
from tests.races.practice import Practice

LIVE = "('held', 'confirmed', 'completed', 'no_show')"

# Each returns what is wrong, one row each.
FLAWS = {
    "claims overlap": """
        SELECT a.id, b.id AS other FROM claims a
        JOIN claims b ON b.client_id = a.client_id AND b.resource_id = a.resource_id AND a.id < b.id
        WHERE a.client_id = $1 AND a.active AND b.active
          AND lower(a.blocked) < upper(b.blocked) AND lower(b.blocked) < upper(a.blocked)
    """,
    "bookings without just their claims": f"""
        SELECT b.id, b.status, c.* FROM bookings b
        JOIN services s ON s.client_id = b.client_id AND s.id = b.service_id
        CROSS JOIN LATERAL (
            SELECT count(*) AS claims, count(*) FILTER (WHERE c.active) AS active, bool_and(
                c.starts_at = b.starts_at AND c.ends_at = b.ends_at AND c.service_id = b.service_id
                AND lower(c.blocked) = b.starts_at - make_interval(mins => s.buffer_before_minutes)
                AND upper(c.blocked) = b.ends_at + make_interval(mins => s.buffer_after_minutes)
                AND b.ends_at = b.starts_at + make_interval(mins => s.duration_minutes)) AS same
            FROM claims c
            WHERE c.client_id = b.client_id AND (c.booking_id = b.id OR c.session_id = b.session_id)
        ) c
        CROSS JOIN LATERAL (
            SELECT CASE s.assign WHEN 'any' THEN 1 ELSE count(*) END AS claims FROM service_resources r
            WHERE r.client_id = s.client_id AND r.service_id = s.id
        ) needed
        WHERE b.client_id = $1 AND NOT CASE
            WHEN b.status IN {LIVE} THEN c.claims = needed.claims AND c.active = c.claims AND c.same
            WHEN b.session_id IS NULL THEN c.active = 0
            ELSE true END
    """,
    "claims of nobody": """
        SELECT c.id FROM claims c
        LEFT JOIN bookings b ON b.client_id = c.client_id AND b.id = c.booking_id
        LEFT JOIN sessions s ON s.client_id = c.client_id AND s.id = c.session_id
        WHERE c.client_id = $1 AND (b.id IS NULL) = (s.id IS NULL)
    """,
    "sessions that count wrong": f"""
        SELECT s.id, s.taken, s.capacity, live.seats FROM sessions s
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(b.seats), 0) AS seats FROM bookings b
            WHERE b.client_id = s.client_id AND b.session_id = s.id AND b.status IN {LIVE}
        ) live
        WHERE s.client_id = $1 AND (s.taken <> live.seats OR s.taken > s.capacity OR EXISTS (
            SELECT FROM claims c WHERE c.client_id = s.client_id AND c.session_id = s.id
              AND c.active <> (s.taken > 0)))
    """,
    "bookings without their history": """
        SELECT b.id, b.status, b.version, e.types FROM bookings b
        CROSS JOIN LATERAL (
            SELECT count(*) AS events, coalesce(array_agg(e.type), '{}') AS types FROM booking_events e
            WHERE e.client_id = b.client_id AND e.booking_id = b.id
        ) e
        WHERE b.client_id = $1 AND NOT (e.events = b.version AND CASE b.status
            WHEN 'held' THEN 'held' = ANY (e.types) AND e.types <@ ARRAY['held', 'extended', 'rescheduled']::varchar[]
            WHEN 'expired' THEN 'released' = ANY (e.types) OR 'expired' = ANY (e.types)
            ELSE b.status = ANY (e.types) END)
    """,
    "appointments without a customer": """
        SELECT b.id FROM bookings b
        LEFT JOIN customers c ON c.client_id = b.client_id AND c.id = b.customer_id
        WHERE b.client_id = $1 AND b.status = 'confirmed' AND c.phone IS NULL
    """,
}

BOOKINGS = """
SELECT b.id::text, b.status, b.starts_at, b.ends_at, b.version, b.customer_id::text,
       coalesce(b.metadata ->> 'marker', '') AS marker,
       ARRAY(SELECT c.resource_id::text FROM claims c WHERE c.client_id = b.client_id
             AND (c.booking_id = b.id OR c.session_id = b.session_id) ORDER BY c.resource_id) AS resource_ids,
       ARRAY(SELECT e.type FROM booking_events e WHERE e.client_id = b.client_id AND e.booking_id = b.id) AS types
FROM bookings b WHERE b.client_id = $1
"""


async def flaws(connection: asyncpg.Connection, practice: Practice, ledger: Ledger) -> dict[str, Any]:
    """Return what is wrong, by name; nothing, if all is well."""
    found = {
        name: [dict(row) for row in await connection.fetch(sql, practice.client_id)] for name, sql in FLAWS.items()
    }
    stored: dict[str, Any] = {row["id"]: row for row in await connection.fetch(BOOKINGS, practice.client_id)}
    found["answers that are not so"] = _untrue(ledger, stored)
    found["customers told the same time"] = _told_twice(practice, ledger, stored)
    found["requests carried out otherwise than once"] = _not_once(ledger, stored)
    kept = await connection.fetchval(
        "SELECT count(*) FROM idempotency_answers WHERE principal LIKE '%@' || $1::text", str(practice.client_id)
    )
    if kept != sum(each.keyed for each in ledger.accepted):
        found["stored answers"] = [kept]
    return {name: wrong[:5] for name, wrong in found.items() if wrong}


def _untrue(ledger: Ledger, stored: dict[str, Any]) -> list[Any]:
    """Return answers of which the database knows another end; only the clock may have gone on from the last one."""
    wrong: list[Any] = []
    answered: dict[str, Counter[str]] = defaultdict(Counter)
    for each in ledger.accepted:
        answered[each.answer.json()["id"]][each.happened] += 1
    for identifier, happened in answered.items():
        row = stored.get(identifier)
        if row is None:
            wrong.append((identifier, "lost"))
            continue
        types = Counter(row["types"])
        expired = types.pop("expired", 0)
        last = ledger.bookings[identifier]
        if types != happened or row["version"] != last["version"] + expired:
            wrong.append((identifier, dict(types), dict(happened)))
        elif not expired and _state(row) != _told(last):
            wrong.append((identifier, _state(row), _told(last)))
    return wrong


def _state(row: Any) -> tuple[Any, ...]:
    span = [row[name].isoformat().replace("+00:00", "Z") for name in ("starts_at", "ends_at")]
    return row["status"], *span, row["resource_ids"], row["customer_id"]


def _told(booking: dict[str, Any]) -> tuple[Any, ...]:
    customer = booking["customer"] and booking["customer"]["id"]
    return booking["status"], booking["startsAt"], booking["endsAt"], sorted(booking["resourceIds"]), customer


def _told_twice(practice: Practice, ledger: Ledger, stored: dict[str, Any]) -> list[Any]:
    """Return appointments that were promised with the same person at the same time, going by the answers alone."""
    classes = {str(offer.id) for offer in practice.offers if offer.capacity > 1}
    days: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for identifier, told in ledger.bookings.items():
        if told["status"] == "confirmed" and identifier in stored and told["serviceId"] not in classes:
            for resource in told["resourceIds"]:
                days[resource].append((told["startsAt"], told["endsAt"], identifier))
    return [pair for spans in days.values() for pair in pairwise(sorted(spans)) if pair[1][0] < pair[0][1]]


def _not_once(ledger: Ledger, stored: dict[str, Any]) -> list[Any]:
    """Return markers of new bookings and holds that are not in the database exactly as often as accepted: once."""
    made = {each.answer.json()["id"]: each for each in ledger.accepted}
    answered = Counter(each.answer.json()["metadata"]["marker"] for each in made.values())
    found = Counter(row["marker"] for row in stored.values() if row["marker"])
    return [marker for marker in answered | found if not answered[marker] == found[marker] == 1]


async def deadlocks(connection: asyncpg.Connection) -> int:
    """Return how many deadlocks the server has seen in this database, once those who met them have gone."""
    return int(await connection.fetchval("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
