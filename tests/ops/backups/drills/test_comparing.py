"""What a restored database is compared by: whatever is not as it was is named."""

import pytest

from app.core.progress import unheard
from app.ops.backups.drills.service.indexes import check_indexes
from app.ops.backups.errors import IndexesDamaged, RowsDiffer, SequencesBehind, StructureDiffers
from app.ops.backups.restores.service.comparing import compare, refuse_differences
from tests.ops.backups.drills.conftest import order

ONE = "(client_id, id) IN (SELECT client_id, id FROM {} LIMIT 1)"


async def test_what_was_restored_whole_has_no_difference(manifest, untouched_url):
    found = await compare(untouched_url, manifest, unheard)

    refuse_differences(found)
    assert found.mismatches == []
    assert (found.tables, found.rows_compared) == (
        len(manifest.tables),
        sum(table.rows for table in manifest.tables.values()),
    )


@pytest.mark.parametrize(
    ("alteration", "mismatch"),
    [
        (f"UPDATE customers SET name = 'Sam Tailor' WHERE {ONE.format('customers')}",
         "public.customers: 30 rows, of which some are not as they were"),
        (f"DELETE FROM claims WHERE {ONE.format('claims')}", "public.claims: 299 rows instead of 300"),
        ("DROP TABLE audit_log", "public.audit_log: missing"),
        ("CREATE TABLE extra (n int)", "public.extra: not in the backup"),
        ("CREATE SCHEMA other; CREATE TABLE other.extra (n int)", "other.extra: not in the backup"),
    ],
)  # fmt: skip
async def test_other_rows_name_their_table(manifest, restored_url, alteration, mismatch):
    await order(restored_url, alteration)

    found = await compare(restored_url, manifest, unheard)

    assert found.rows == (mismatch,)
    with pytest.raises(RowsDiffer, match=mismatch.partition(":")[0]) as failure:
        refuse_differences(found)
    assert mismatch in failure.value.extra["mismatches"]


CUSTOMER, GONE = "fk_bookings_client_id_customer_id_customers", "missing, or not valid"


@pytest.mark.parametrize(
    ("alteration", "mismatch"),
    [
        (f"ALTER TABLE bookings DROP CONSTRAINT {CUSTOMER}", f"foreign key bookings.{CUSTOMER}: {GONE}"),
        (f"ALTER TABLE bookings DROP CONSTRAINT {CUSTOMER}; ALTER TABLE bookings ADD CONSTRAINT {CUSTOMER}"
         " FOREIGN KEY (client_id, customer_id) REFERENCES customers NOT VALID",
         f"foreign key bookings.{CUSTOMER}: {GONE}"),
        ("ALTER TABLE claims DROP CONSTRAINT claims_no_overlap", f"exclusion claims.claims_no_overlap: {GONE}"),
        ("ALTER TABLE bookings DROP CONSTRAINT ck_bookings_span", f"check bookings.ck_bookings_span: {GONE}"),
        ("DROP INDEX ix_bookings_starts_at", f"index ix_bookings_starts_at: {GONE}"),
        ("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_bookings_starts_at'::regclass",
         f"index ix_bookings_starts_at: {GONE}"),
        ("ALTER TABLE booking_events DISABLE TRIGGER ALL",
         f"trigger booking_events.booking_events_append_only: {GONE}"),
        ("ALTER TABLE booking_events DISABLE TRIGGER ALL",
         "foreign key booking_events.fk_booking_events_client_id_booking_id_bookings: not enforced"),
        ("CREATE INDEX extra ON bookings (id)", "index extra: not in the backup"),
    ],
)  # fmt: skip
async def test_another_structure_is_named(manifest, restored_url, alteration, mismatch):
    await order(restored_url, alteration)

    found = await compare(restored_url, manifest, unheard)

    assert mismatch in found.structure
    with pytest.raises(StructureDiffers) as failure:
        refuse_differences(found)
    assert mismatch in failure.value.extra["mismatches"]
    assert found.rows == ()


async def test_another_migration_is_named(manifest, restored_url):
    await order(restored_url, "UPDATE alembic_version SET version_num = '0001'")

    found = await compare(restored_url, manifest, unheard)

    assert found.structure == (f"migration: 0001 instead of {manifest.source.migration}",)


async def test_rows_that_refer_to_nothing_are_counted_although_the_catalogue_calls_their_key_valid(
    manifest, restored_url
):
    await order(
        restored_url,
        "SET session_replication_role = replica",
        "DELETE FROM customers WHERE phone = (SELECT max(phone) FROM customers)",
    )

    found = await compare(restored_url, manifest, unheard)

    assert found.structure == (f"foreign key bookings.{CUSTOMER}: 10 rows refer to nothing",)


async def test_a_sequence_that_stands_where_it_stood_long_ago_is_named(manifest, untouched_url):
    later = manifest.model_copy(update={"sequences": {**manifest.sequences, "public.pgqueuer_id_seq": 7}})

    found = await compare(untouched_url, later, unheard)

    assert found.sequences == ("public.pgqueuer_id_seq: stands at 0, 7 was given already",)
    with pytest.raises(SequencesBehind, match="pgqueuer_id_seq"):
        refuse_differences(found)


async def test_a_sequence_below_the_numbers_in_its_column_is_named(manifest, restored_url):
    await order(
        restored_url,
        "INSERT INTO pgqueuer (id, priority, entrypoint, status) VALUES (50, 0, 'test.nothing', 'queued')",
        "SELECT setval('pgqueuer_id_seq', 49)",
    )

    found = await compare(restored_url, manifest, unheard)

    assert "public.pgqueuer_id_seq: stands at 49, 50 was given already" in found.sequences


async def test_a_sequence_that_went_on_is_no_difference(manifest, restored_url):
    await order(restored_url, "SELECT setval('pgqueuer_id_seq', 49)")

    assert (await compare(restored_url, manifest, unheard)).mismatches == []


async def test_a_checksum_is_the_same_whatever_the_database_is_set_to(manifest, restored_url):
    settings = {
        "timezone": "'Asia/Kathmandu'",
        "datestyle": "'SQL, DMY'",
        "intervalstyle": "'iso_8601'",
        "extra_float_digits": "0",
        "bytea_output": "'escape'",
        "search_path": "'nowhere'",
        "statement_timeout": "1",
    }
    name = restored_url.partition("?")[0].rpartition("/")[2]
    for setting, value in settings.items():
        await order(restored_url, f'ALTER DATABASE "{name}" SET {setting} = {value}')

    found = await compare(restored_url, manifest, unheard)

    assert found.mismatches == []


async def test_an_index_in_a_wrong_order_is_named(restored_url):
    await order(
        restored_url,
        "CREATE FUNCTION turn(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT btint4cmp($1, $2)'",
        "CREATE OPERATOR CLASS turned FOR TYPE int USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =,"
        " OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 turn(int, int)",
        "CREATE TABLE numbers AS SELECT n FROM generate_series(1, 1000) n",
        "CREATE INDEX ix_numbers ON numbers (n turned)",
        "CREATE OR REPLACE FUNCTION turn(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT btint4cmp($2, $1)'",
    )

    with pytest.raises(IndexesDamaged, match="ix_numbers") as failure:
        await check_indexes(restored_url, unheard)

    assert failure.value.extra["mismatches"] == ["index ix_numbers: damaged"]


async def test_good_indexes_pass(untouched_url):
    assert await check_indexes(untouched_url, unheard)
