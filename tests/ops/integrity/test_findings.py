"""Each way in which data can be unsound is found, by its own name and no other."""

import pytest

from app.ops.integrity.rules.catalogue import CHECKS, INDEXES
from app.ops.integrity.rules.terms import State

LONE = "SELECT id FROM bookings WHERE status = 'confirmed' AND session_id IS NULL ORDER BY id LIMIT 1"
CLAIM = f"SELECT id FROM claims WHERE booking_id = ({LONE})"
CANCELLED = "SELECT id FROM bookings WHERE status = 'cancelled' AND session_id IS NULL LIMIT 1"
SESSION = "SELECT id FROM sessions WHERE taken > 0 ORDER BY id LIMIT 1"
EMPTY = "SELECT id FROM sessions WHERE taken = 0 LIMIT 1"
SEAT = f"SELECT id FROM bookings WHERE session_id = ({SESSION}) AND status = 'confirmed' LIMIT 1"
COMPLETED = "SELECT id FROM bookings WHERE status = 'completed' AND version = 5"
NOBODY = "'00000000-0000-7000-8000-000000000000'"
COPY_CLAIM = (
    "INSERT INTO claims (client_id, id, resource_id, service_id, booking_id, blocked, starts_at, ends_at, active)"
    " SELECT client_id, gen_random_uuid(), resource_id, service_id, {booking}, blocked, starts_at, ends_at, {active}"
    f" FROM claims WHERE id = ({CLAIM})"
)
TELL = (
    "INSERT INTO booking_events (client_id, id, booking_id, type, at, actor)"
    " SELECT client_id, gen_random_uuid(), id, '{type}', {at}, 'test' FROM bookings WHERE id = ({booking});"
    " UPDATE bookings SET version = version + {steps} WHERE id = ({booking})"
)
DROP = "ALTER TABLE {table} DROP CONSTRAINT {name}"

WRONGS = {
    "claims_overlap": (
        DROP.format(table="claims", name="claims_no_overlap"),
        f"""UPDATE claims c SET blocked = o.blocked, starts_at = o.starts_at, ends_at = o.ends_at,
                   resource_id = o.resource_id
            FROM claims o WHERE o.id = ({CLAIM}) AND c.id = (
                SELECT id FROM claims WHERE active AND booking_id <> ({LONE}) AND id > o.id ORDER BY id LIMIT 1)""",
        """UPDATE bookings b SET starts_at = c.starts_at, ends_at = c.ends_at FROM claims c
           WHERE c.booking_id = b.id""",
    ),
    "claims_without_owner": (COPY_CLAIM.format(booking=NOBODY, active="false"),),
    "claims_of_ended": (f"UPDATE claims SET active = true WHERE booking_id = ({CANCELLED})",),
    "claims_elsewhere": (
        f"UPDATE bookings SET starts_at = starts_at - interval '1 day', ends_at = ends_at - interval '1 day'"
        f" WHERE id = ({LONE})",
    ),
    "claims_unbuffered": (
        """UPDATE claims SET blocked = tstzrange(lower(blocked), upper(blocked) + interval '4 minutes')
           WHERE id = (SELECT c.id FROM claims c JOIN services s ON s.id = c.service_id
                       WHERE c.active AND s.buffer_before_minutes = 10 LIMIT 1)""",
    ),
    "claims_expire_wrongly": (f"UPDATE claims SET expires_at = now() WHERE id = ({CLAIM})",),
    "bookings_without_claims": (f"DELETE FROM claims WHERE id = ({CLAIM})",),
    "bookings_off_session": (f"UPDATE bookings SET ends_at = ends_at + interval '1 hour' WHERE id = ({SEAT})",),
    "sessions_overfull": (
        DROP.format(table="sessions", name="ck_sessions_seats"),
        f"UPDATE sessions SET capacity = taken - 1 WHERE id = ({SESSION})",
    ),
    "sessions_miscounted": (f"UPDATE sessions SET taken = taken + 1 WHERE id = ({SESSION})",),
    "sessions_claimed_wrongly": (f"UPDATE claims SET active = false WHERE session_id = ({SESSION})",),
    "bookings_without_history": (f"DELETE FROM booking_events WHERE booking_id = ({LONE})",),
    "history_disagrees": (f"UPDATE bookings SET status = 'no_show' WHERE id = ({COMPLETED})",),
    "history_after_end": (TELL.format(type="extended", at="now() + interval '1 day'", booking=CANCELLED, steps=1),),
    "history_miscounted": (f"UPDATE bookings SET version = version + 1 WHERE id = ({LONE})",),
    "times_reversed": (
        "INSERT INTO busy_times (client_id, id, resource_id, starts_at, ends_at, source, source_id)"
        " SELECT client_id, gen_random_uuid(), id, now(), now(), 'test', 'test' FROM resources LIMIT 1",
    ),
    "holds_overdue": (
        "UPDATE bookings SET expires_at = now() - interval '11 minutes' WHERE status = 'held'",
        "UPDATE claims SET expires_at = now() - interval '11 minutes' WHERE expires_at IS NOT NULL AND active",
    ),
    "messages_overdue": (
        "INSERT INTO messages (client_id, id, direction, channel, kind, status, due_at, created_at, updated_at)"
        " SELECT id, gen_random_uuid(), 'out', 'sms', 'reply', 'queued', now() - interval '25 hours', now(), now()"
        " FROM clients LIMIT 1",
    ),
    "calls_unfinished": (
        "INSERT INTO calls (client_id, id, vapi_id, direction, status, created_at, updated_at)"
        " SELECT id, gen_random_uuid(), 'c-1', 'in', 'in_progress', now(), now() - interval '25 hours'"
        " FROM clients LIMIT 1",
    ),
    "customers_twice": (
        "DROP INDEX uq_customers_client_id_phone",
        "UPDATE customers SET phone = '+447400000001' WHERE phone = '+447400000002'",
    ),
    "answers_without_owner": ("DELETE FROM api_keys",),
    "jobs_held": ("INSERT INTO pgqueuer (priority, entrypoint, status) VALUES (0, 'a.job', 'failed')",),
    "orphans": (f"UPDATE bookings SET customer_id = {NOBODY} WHERE id = ({LONE})",),
    "values_forbidden": (
        DROP.format(table="bookings", name="ck_bookings_channel"),
        f"UPDATE bookings SET channel = 'fax' WHERE id = ({LONE})",
    ),
    "tables_missing": ("DROP TABLE samples",),
    "constraints_missing": (DROP.format(table="claims", name="fk_claims_booking_id_bookings"),),
    "constraints_not_valid": (
        DROP.format(table="bookings", name="ck_bookings_seats"),
        "ALTER TABLE bookings ADD CONSTRAINT ck_bookings_seats CHECK (seats BETWEEN 1 AND 1000) NOT VALID",
    ),
    "indexes_missing": ("DROP INDEX ix_bookings_starts_at",),
    "indexes_not_valid": (
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_bookings_starts_at'::regclass",
    ),
    "triggers_missing": ("DROP TRIGGER booking_events_append_only ON booking_events",),
    "triggers_disabled": ("ALTER TABLE booking_events DISABLE TRIGGER booking_events_append_only",),
    "sequences_behind": (
        "INSERT INTO pgqueuer (id, priority, entrypoint, status) VALUES (1000000, 0, 'a.job', 'queued')",
    ),
}
BESIDE = {
    "claims_overlap": {"constraints_missing"},
    "sessions_overfull": {"constraints_missing"},
    "customers_twice": {"indexes_missing"},
    "values_forbidden": {"constraints_missing"},
    "times_reversed": {"constraints_missing"},
}
"""What is found beside it: the guard that had to be taken away first."""
WRONGS["times_reversed"] = (DROP.format(table="busy_times", name="ck_busy_times_span"), *WRONGS["times_reversed"])


@pytest.mark.parametrize("name", WRONGS)
async def test_what_is_unsound_is_found_by_its_name_and_no_other(name, connection, look_here):
    for statement in WRONGS[name]:
        await connection.execute(statement)

    found = await look_here()

    assert set(found) == {name} | BESIDE.get(name, set())
    assert found[name].state == State.found
    assert found[name].found.total == len(found[name].found.examples) >= 1


def test_every_check_has_its_way_of_being_unsound():
    assert set(WRONGS) == set(CHECKS) - {check.name for check in INDEXES}
