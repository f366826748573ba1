"""Ten questions to our own tables: each gets the index that it needs, or the reason why it needs none."""

import orjson
import pytest

from tests.ops.advice.scene import prepare

NEEDS = {
    "equality": (
        "SELECT id, starts_at FROM bookings WHERE client_id = $1::uuid AND service_id = $2::uuid",
        "bookings (client_id, service_id)",
    ),
    "range": (
        "SELECT sum(seats) FROM bookings WHERE client_id = $1::uuid AND created_at >= $2 AND created_at < $3",
        "bookings (client_id, created_at)",
    ),
    "sort": (
        "SELECT id FROM public.customers AS u WHERE u.client_id = $1::uuid ORDER BY u.created_at DESC LIMIT 20",
        "customers (client_id, created_at)",
    ),
    "join": (
        "SELECT b.id FROM customers u JOIN bookings b ON b.client_id = u.client_id AND b.customer_id = u.id "
        "WHERE u.client_id = $1::uuid AND u.email = $2",
        "customers (client_id, email)",
    ),
    "or": (
        "SELECT id FROM bookings WHERE client_id = $1::uuid AND (customer_id = $2::uuid OR hold_token_hash = $3)",
        "bookings (client_id, hold_token_hash)",
    ),
    "like": (
        "SELECT id FROM customers WHERE client_id = $1::uuid AND name LIKE 'Bnn 3%'",
        "customers (client_id, name)",
    ),
}
"""Queries and the index that each needs."""

SKIPPED = {
    "covered": (
        "SELECT id FROM bookings WHERE client_id = $1::uuid AND starts_at >= $2 AND starts_at < $3 "
        "ORDER BY starts_at, id LIMIT 50",
        "covered",
    ),
    "too few rows": ("SELECT id FROM services WHERE client_id = $1::uuid AND status = $2", "too_few_rows"),
    "or over tables": (
        "SELECT b.id FROM bookings b JOIN customers u ON u.client_id = b.client_id AND u.id = b.customer_id "
        "WHERE b.client_id = $1::uuid AND (b.status = $2 OR u.email = $3)",
        "or",
    ),
    "like anywhere": (
        "SELECT name FROM customers WHERE client_id = $1::uuid AND name LIKE '%nn 3%'",
        "trigrams_not_installed",
    ),
}
"""Queries that need none, and why."""

LACKING = {"claims (client_id, resource_id)", "claims (client_id, service_id)"}
"""Foreign keys without an index; that of bookings to services is served by what the first query needs."""


@pytest.fixture(params=["without_hypopg", "with_hypopg"])
async def scene(request, filled, make_scene):
    """Our tables with 15,000 rows each, and a planner that believes in indexes or does not."""
    return await make_scene(await filled(request.param))


def advised(items, kind):
    """Return what the advice of a kind would create, by where it would."""
    return sorted(where(item) for item in items if item["kind"] == kind)


def where(item):
    """Return on what an index would be; where text is ordered by bytes, a pattern needs no class of its own."""
    return item["sql"].partition(" ON public.")[2].replace(" varchar_pattern_ops", "")


async def assert_ten_questions_are_answered(scene):
    scene.asked({name: text for name, (text, _) in (NEEDS | SKIPPED).items()})

    answer = await scene.advise()

    items, hypopg = answer["items"], answer["engines"]["hypopg"]
    names = {shape: name for name, shape in scene.shapes.items()}
    assert advised(items, "missing_index") == sorted(index for _, index in NEEDS.values())
    assert {names[each["hash"]]: each["why"] for each in answer["skipped"] if each["hash"] in names} == {
        name: why for name, (_, why) in SKIPPED.items()
    }
    for item in items:
        if item["kind"] == "missing_index":
            (query,) = item["affectedQueries"]
            assert where(item) == NEEDS[names[query]][1]
            assert item["confidence"] == ("confirmed" if hypopg else "estimated")
            assert item["estimated"]["costBefore"] > 100
            assert item["estimated"]["indexBytes"] > 250_000
            if hypopg:
                assert item["estimated"]["costAfter"] < item["estimated"]["costBefore"] / 2
    assert set(advised(items, "unindexed_foreign_key")) == LACKING
    assert [(i["evidence"]["index"], i["evidence"]["coveredBy"]) for i in items if i["kind"] == "duplicate_index"] == [
        ("ix_twice", "ix_bookings_starts_at")
    ]
    assert {item["kind"] for item in items} == {"missing_index", "unindexed_foreign_key", "duplicate_index"}
    assert {each["queryHash"] for each in answer["recommendations"]} == {scene.shapes[name] for name in NEEDS}
    assert answer["count"] == len(NEEDS)


VALUES = """
SELECT b.client_id, b.service_id, b.customer_id, u.email, b.created_at, b.created_at + interval '2 hours' AS later,
       b.hold_token_hash, b.status, b.starts_at, b.starts_at + interval '1 day' AS day
FROM bookings b JOIN customers u ON (u.client_id, u.id) = (b.client_id, b.customer_id)
WHERE b.hold_token_hash IS NOT NULL AND u.name LIKE 'Bnn 3%' LIMIT 1
"""
ARGUMENTS = {
    "equality": ("client_id", "service_id"),
    "range": ("client_id", "created_at", "later"),
    "sort": ("client_id",),
    "join": ("client_id", "email"),
    "or": ("client_id", "customer_id", "hold_token_hash"),
    "like": ("client_id",),
}


async def cost_and_buffers(connection, statement, arguments):
    """Return what the planner expects of a statement, and how many blocks it really read."""
    explained = await connection.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", *arguments)
    plan = orjson.loads(explained)[0]["Plan"]
    return plan["Total Cost"], plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


async def measured(scene):
    """Return cost and buffers of each query that needs an index."""
    values = await scene.connection.fetchrow(VALUES)
    return {
        name: await cost_and_buffers(scene.connection, text, [values[each] for each in ARGUMENTS[name]])
        for name, (text, _) in NEEDS.items()
    }


async def assert_advice_is_worth_it(scene):
    scene.asked({name: text for name, (text, _) in NEEDS.items()})
    items = [item for item in (await scene.advise())["items"] if item["kind"] == "missing_index"]
    listed = "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
    before, indexes = await measured(scene), await scene.connection.fetch(listed)

    for item in items:
        await scene.connection.execute(item["sql"])
    await scene.connection.execute("ANALYZE bookings, customers")
    after = await measured(scene)
    for item in items:
        await scene.connection.execute(item["rollbackSql"])

    for name, (cost, buffers) in after.items():
        assert cost < before[name][0] / 2, (name, before[name], after[name])
        assert buffers < before[name][1] / 2, (name, before[name], after[name])
    assert await scene.connection.fetch(listed) == indexes


async def test_each_of_ten_questions_gets_the_index_that_it_needs_or_the_reason_for_none(scene):
    await assert_ten_questions_are_answered(scene)


async def test_applied_it_saves_most_of_the_cost_and_of_the_buffers_and_undone_it_is_as_before(scene):
    await assert_advice_is_worth_it(scene)


@pytest.mark.prove
@pytest.mark.parametrize("hypopg", [False, True], ids=["without_hypopg", "with_hypopg"])
async def test_the_ten_questions_get_the_same_answers_from_three_hundred_thousand_rows(databases, make_scene, hypopg):
    url = databases.create()
    await prepare(url, hypopg=hypopg, rows=300_000)
    scene = await make_scene(url)

    await assert_ten_questions_are_answered(scene)
    await assert_advice_is_worth_it(scene)
