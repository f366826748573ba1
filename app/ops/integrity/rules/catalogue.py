"""Every check: how bad it is, what is wrong, and what to do. docs/operations.md says more of each."""

from app.ops.integrity.rules.terms import Check, Severity

CRITICAL, WARNING, INFO = Severity.critical, Severity.warning, Severity.info

_MIGRATE = "make it again as the migration that is named for its table does; `booking db check` tells what else differs"
_HISTORY = "compare GET /api/bookings/{id}/history with the booking; nobody but a person can say which is right"

STRUCTURE = (
    Check("tables_missing", CRITICAL, "a table is missing", "restore it from a backup: docs/recovery.md"),
    Check(
        "constraints_missing",
        CRITICAL,
        "a constraint that keeps the data sound is missing, or is another one",
        f"clear up what the other checks name, then {_MIGRATE}",
    ),
    Check(
        "constraints_not_valid",
        CRITICAL,
        "a constraint is not valid: rows from before it was never looked at, or it is not enforced",
        "clear up what the other checks name, then ALTER TABLE ... VALIDATE CONSTRAINT ...",
    ),
    Check("indexes_missing", WARNING, "an index is missing, or is another one", _MIGRATE),
    Check("indexes_not_valid", WARNING, "an index is not valid", "REINDEX INDEX CONCURRENTLY it"),
    Check(
        "triggers_missing",
        CRITICAL,
        "a trigger is missing: history could be rewritten, or processes would not hear of changes",
        _MIGRATE,
    ),
    Check(
        "triggers_disabled",
        CRITICAL,
        "triggers of a table are disabled: its foreign keys or its history are not guarded",
        "ALTER TABLE ... ENABLE TRIGGER ALL, then look again",
    ),
    Check(
        "sequences_behind",
        CRITICAL,
        "a sequence would give numbers that are taken",
        "SELECT setval('SEQUENCE', max) with the number that is named",
    ),
)

REFERENCES = (
    Check(
        "orphans",
        CRITICAL,
        "rows refer to rows that are not there",
        "restore what they refer to from a backup, beside this database: docs/recovery.md",
    ),
    Check(
        "values_forbidden",
        CRITICAL,
        "rows hold what a check constraint forbids",
        "correct the rows, then validate the constraint that is named",
    ),
)

INDEXES = (
    Check(
        "indexes_damaged",
        CRITICAL,
        "an index does not say what its table holds",
        "REINDEX INDEX CONCURRENTLY it; damage that comes back is the disk's: move to another machine",
    ),
)

DATA = (
    Check(
        "claims_overlap",
        CRITICAL,
        "two active claims block one resource at the same time: somebody is double-booked",
        "call one of the customers, and move or cancel that booking",
    ),
    Check(
        "claims_without_owner",
        CRITICAL,
        "a claim belongs to no booking and no session, or to both",
        "look its owner up in a backup; where there never was one, set the claim inactive",
    ),
    Check(
        "claims_of_ended",
        CRITICAL,
        "a booking that was cancelled or has expired still blocks its resource",
        "set the claim inactive: UPDATE claims SET active = false",
    ),
    Check(
        "claims_elsewhere",
        CRITICAL,
        "a claim does not have the span and the service of its booking or session",
        "reschedule the booking to the time that the customer knows, which claims it anew",
    ),
    Check(
        "claims_unbuffered",
        WARNING,
        "a claim does not block what its service asks for: its length, or a buffer",
        "reschedule the booking to its own time, which claims it anew",
    ),
    Check(
        "claims_expire_wrongly",
        CRITICAL,
        "a claim runs out though its booking does not, or the other way round",
        "set claims.expires_at to that of the hold, to NULL for all others",
    ),
    Check(
        "bookings_without_claims",
        CRITICAL,
        "a booking blocks nothing: its time is on offer to others",
        "reschedule the booking to its own time, which claims it anew; if that is taken, call the customer",
    ),
    Check(
        "bookings_off_session",
        CRITICAL,
        "a seat was booked for another time or service than its session has",
        "reschedule the booking to the time that the customer knows",
    ),
    Check(
        "sessions_overfull", CRITICAL, "a session has more seats taken than it has", "move or cancel what is too much"
    ),
    Check(
        "sessions_miscounted",
        CRITICAL,
        "a session counts other seats than its bookings take",
        "book and cancel a seat of it: seats are counted anew; or set sessions.taken to the number that is named",
    ),
    Check(
        "sessions_claimed_wrongly",
        CRITICAL,
        "a session with seats taken does not block its resources, or an empty one does",
        "book and cancel a seat of it: its claims are set anew",
    ),
    Check("bookings_without_history", WARNING, "a booking's history has no beginning", _HISTORY),
    Check("history_disagrees", CRITICAL, "a booking's status is not the one that its history ends in", _HISTORY),
    Check("history_after_end", WARNING, "something happened to a booking after its end", _HISTORY),
    Check("history_miscounted", WARNING, "a booking's version is not the number of its events", _HISTORY),
    Check(
        "times_reversed",
        CRITICAL,
        "something ends before it begins, or a claim does not block its own time",
        "correct the row from its history or a backup",
    ),
    Check(
        "holds_overdue",
        WARNING,
        "holds that ran out are still held: no worker ends them",
        "`booking ops doctor`; start a worker",
    ),
    Check(
        "messages_overdue",
        WARNING,
        "messages that were due a day ago have not left",
        "`booking jobs list`; one whose job is gone is taken up again after UPDATE messages SET woken_at = NULL",
    ),
    Check(
        "calls_unfinished",
        WARNING,
        "calls that were due, or begun, a day ago have no end",
        "`booking jobs list` for what was to be placed; the end of others is at Vapi: docs/voice.md",
    ),
    Check("customers_twice", CRITICAL, "two customers of a client have one phone", "erase or merge one of them"),
    Check(
        "answers_without_owner",
        WARNING,
        "answers are stored for keys or clients that are not there",
        "they go by themselves within a day; look into who deleted the key",
    ),
    Check("jobs_held", INFO, "jobs have given up and wait for a person", "`booking jobs list`"),
)

CHECKS = {check.name: check for check in (*STRUCTURE, *REFERENCES, *DATA, *INDEXES)}
"""All, by name, in the order in which they are told."""
