"""Many bookings at once, by SQL, with the exclusion constraint in force."""

import asyncpg

from tests.bench.wishes import MINUTES, SLOTS_A_DAY, STAFF
from tests.races.practice import Practice

# What a client has, for each of the others that fill the tables: copies of the practice's.
NEIGHBOUR = """
WITH neighbour AS (
    INSERT INTO clients (id, client_key, name, timezone, region, currency, locale)
    SELECT uuidv7(), 'bench-' || md5(random()::text), name, timezone, region, currency, locale
    FROM clients WHERE id = $1 RETURNING id
), service AS (
    INSERT INTO services (client_id, id, name, duration_minutes)
    SELECT id, uuidv7(), 'Check-up', $2 FROM neighbour RETURNING client_id, id
), staff AS (
    INSERT INTO resources (client_id, id, name)
    SELECT id, uuidv7(), 'Staff' FROM neighbour, generate_series(1, $3::int) RETURNING id
)
SELECT service.client_id, service.id, (SELECT array_agg(id) FROM staff) FROM service
"""

# The nth of a client's bookings: `a_day` to each of its staff, back in time from the last day. Every customer has ten.
BOOKINGS = """
WITH customers AS (
    INSERT INTO customers (client_id, id, phone, name)
    SELECT $1, uuidv7(), '+4475' || lpad(n::text, 8, '0'), 'Sam Taylor' FROM generate_series(0, ($4::int - 1) / 10) AS n
    RETURNING id, phone
), numbered AS (
    SELECT n, uuidv7() AS id, ($3::uuid[])[n % $5 + 1] AS resource_id, '+4475' || lpad((n / 10)::text, 8, '0') AS phone,
           $6::timestamptz - n / $5 / $7 * interval '1 day'
               + n / $5 % $7 * ($8 / $7) * interval '30 minutes' AS starts_at
    FROM generate_series(0, $4::int - 1) AS n
), booked AS (
    INSERT INTO bookings (client_id, id, service_id, customer_id, status, starts_at, ends_at, channel)
    SELECT $1, n.id, $2, c.id, 'confirmed', starts_at, starts_at + interval '30 minutes', 'api'
    FROM numbered n JOIN customers c USING (phone) ORDER BY n
), told AS (
    INSERT INTO booking_events (client_id, id, booking_id, type, at, actor)
    SELECT $1, uuidv7(), id, 'confirmed', now(), 'key:bench' FROM numbered
)
INSERT INTO claims (client_id, id, resource_id, service_id, booking_id, blocked, starts_at, ends_at)
SELECT $1, uuidv7(), resource_id, $2, id,
       tstzrange(starts_at, starts_at + interval '30 minutes'), starts_at, starts_at + interval '30 minutes'
FROM numbered
"""

# PostgreSQL has uuidv7() from 18 on: before that, a random one that begins with milliseconds and says version 7.
BEFORE_18 = """
encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) placing
    substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6),
    52, 1), 53, 1), 'hex')::uuid
"""


async def fill(
    dsn: str, practice: Practice, count: int, *, last_day: int, a_day: int = 8, clients: int = 1, settle: bool = True
) -> None:
    """Insert bookings of the practice and of so many clients in all, each with its customer, claim and history.

    Every resource gets `a_day` bookings a day, the last ones on the day before the practice's nth; each has
    ten staff. Foreign keys are not checked, for the rows are made to fit; exclusion and uniqueness are.
    `settle`: the planner's statistics are made, and all is written to disk.
    """
    assert a_day <= SLOTS_A_DAY
    last = practice.start(last_day - 1, 0)
    connection = await asyncpg.connect(dsn)
    await connection.execute("SET session_replication_role = replica")
    await connection.execute("SET synchronous_commit = off")
    new_id = "uuidv7()" if connection.get_server_version().major >= 18 else BEFORE_18
    owner = (practice.client_id, practice.offers[0].id, list(practice.resources))
    for number in range(clients):
        if number:
            owner = await connection.fetchrow(NEIGHBOUR.replace("uuidv7()", new_id), practice.client_id, MINUTES, STAFF)
        await connection.execute(
            BOOKINGS.replace("uuidv7()", new_id), *owner, count // clients, STAFF, last, a_day, SLOTS_A_DAY
        )
    if settle:
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")
    await connection.close()
