"""What an operator changes for a while: in force in every process, audited, without an address kept anywhere."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from app.core.auth import Recognised
from app.core.clock import utcnow
from tests.ops.limits.conftest import ADDRESS, OPERATOR
from tests.redis import RedisServer

OVERRIDES = "/api/rate-limit/overrides"
WANTED = {"pattern": "public", "limit": 3, "expiresInSeconds": 600, "reason": "a launch"}
KEY = {"X-API-Key": "bk_test_ours"}


@pytest.fixture(autouse=True)
async def nothing_is_set(sql):
    """Controls are of the service itself: what a test sets for everybody ends with it."""
    yield
    await sql("UPDATE controls SET ended_at = now() WHERE kind IN ('limit', 'limit_reset') AND ended_at IS NULL")


@pytest.fixture
async def two(limited):
    """Two processes of one deployment, whose clock is the real one where controls expire by it."""
    processes = [await limited({"public": 1}), await limited({"public": 1})]
    for each in processes:
        each.now = utcnow().timestamp()
    return processes


async def put(process, **changes):
    wanted = {name: value for name, value in {**WANTED, **changes}.items() if value is not None}
    return await process.http().put(OVERRIDES, json=wanted, headers=OPERATOR)


async def limit_of(process, identifier=ADDRESS, policy="public"):
    return (await process.status(identifier))["limits"][policy]["limit"]


async def obey(process, later=0.0):
    await process.process.read_controls(now=utcnow() + timedelta(seconds=later))


async def test_another_limit_is_in_force_here_at_once_and_elsewhere_when_controls_are_read(two):
    one, other = two

    answer = await put(one)
    at_once = await limit_of(one)
    before = await limit_of(other)
    await obey(other)
    codes = [(await other.http().get("/api/services")).status_code for _ in range(4)]

    assert answer.status_code == 200, answer.text
    assert (at_once, before, codes) == (3, 1, [401, 401, 401, 429])
    told = (await other.status(ADDRESS))["limits"]["public"]["override"]
    assert told.items() <= answer.json().items()
    assert (told["pattern"], told["identifier"], told["limit"], told["reason"]) == ("public", None, 3, "a launch")
    assert told["actor"] == "operator"


async def test_it_ends_by_itself_also_while_the_database_is_away(two):
    one, _ = two
    await put(one)
    one.now += 599
    until = await limit_of(one)
    one.now += 2

    assert (until, await limit_of(one)) == (3, 1)


async def test_it_is_lifted_before_its_time_once(two):
    one, other = two
    made = (await put(one)).json()
    await obey(other)
    http = one.http()

    lifted = await http.delete(f"{OVERRIDES}/{made['id']}", headers=OPERATOR)
    again = await http.delete(f"{OVERRIDES}/{made['id']}", headers=OPERATOR)
    await obey(other)

    assert (lifted.status_code, again.status_code, again.json()["code"]) == (204, 404, "control_not_found")
    assert [await limit_of(each) for each in two] == [1, 1]


@pytest.mark.parametrize(
    ("value", "limit"),
    [({"limit": 5}, 5), ({"multiplier": 2.5}, 25), ({"multiplier": 0.01}, 1), ({"multiplier": 100}, 1_000)],
)
async def test_it_is_a_number_or_so_many_times_the_usual(limited, value, limit):
    it = await limited()
    it.now = utcnow().timestamp()

    await put(it, **{"limit": None, **value})

    assert await limit_of(it) == limit


async def test_one_identitys_goes_before_everybodys_and_leaves_the_others_alone(two):
    one, _ = two
    await put(one)
    await put(one, identifier=ADDRESS, limit=7)
    await put(one, identifier="198.51.100.1", limit=None, multiplier=20)

    limits = [await limit_of(one, identifier) for identifier in (ADDRESS, "198.51.100.1", "198.51.100.2")]

    assert limits == [7, 20, 3]


async def test_a_later_one_takes_the_place_of_an_earlier_one(two):
    one, _ = two
    await put(one)
    await put(one, limit=9)

    told = (await one.status(ADDRESS))["systemStats"]["overrides"]

    assert [(each["pattern"], each["limit"]) for each in told] == [("public", 9)]


async def test_the_multiplier_is_of_a_keys_own_limit(limited):
    it = await limited()
    it.now = utcnow().timestamp()
    it.known[KEY["X-API-Key"]] = Recognised("key:01a2075e-0739-7396-8c3b-2a749f9c4cfb", False, 50)
    await put(it, pattern="keys", limit=None, multiplier=2)

    answer = await it.http().get("/api/services", headers=KEY)

    assert answer.headers["x-ratelimit-limit"] == "100"


async def test_nobody_loses_what_is_counted_when_a_limit_is_raised_and_lowered(two):
    one, _ = two
    http = one.http()
    await http.get("/api/services")
    await put(one, limit=3)
    raised = [(await http.get("/api/services")).status_code for _ in range(3)]
    await put(one, limit=2)

    assert raised == [401, 401, 429]
    assert (await http.get("/api/services")).status_code == 429


async def test_a_reset_begins_anew_in_every_process(two):
    one, other = two
    for each in two:
        for _ in range(2):
            await each.http().get("/api/services")
    await obey(other)

    answer = await one.http().post(
        "/api/rate-limit/reset", json={"identifier": ADDRESS, "reason": "it was us"}, headers=OPERATOR
    )
    here = (await one.http().get("/api/services")).status_code
    elsewhere = (await other.http().get("/api/services")).status_code
    await obey(other)
    elsewhere_later = (await other.http().get("/api/services")).status_code

    assert (answer.status_code, answer.json()["identifier"]) == (200, ADDRESS)
    assert (here, elsewhere, elsewhere_later) == (401, 429, 401)


async def test_shared_counters_are_reset_once(limited, tmp_path):
    server = RedisServer(tmp_path).start()
    one, other = [await limited({"public": 3}, redis_url=SecretStr(server.url)) for _ in range(2)]
    wanted = {"identifier": ADDRESS, "reason": "it was us"}
    try:
        before = [(await other.http().get("/api/services")).status_code for _ in range(4)]
        await one.http().post("/api/rate-limit/reset", json=wanted, headers=OPERATOR)
        after = [(await each.http().get("/api/services")).status_code for each in (one, other)]
        for each in (one, other):
            await obey(each)
        used = (await other.status(ADDRESS))["limits"]["public"]["used"]
    finally:
        server.stop()

    assert (before, after, used) == ([401, 401, 401, 429], [401, 401], 2)


async def test_each_act_leaves_a_line_in_the_audit_trail_and_no_address(two, sql):
    one, _ = two
    reason = f"because {one.now}"
    made = (await put(one, identifier=ADDRESS, reason=reason)).json()
    await one.http().delete(f"{OVERRIDES}/{made['id']}?reason=it+is+over", headers=OPERATOR)
    cleared = await one.http().post(
        "/api/rate-limit/reset", json={"identifier": ADDRESS, "reason": reason}, headers=OPERATOR
    )

    rows = await sql("SELECT id, target, reason FROM controls WHERE reason = :reason", reason=reason)
    lines = await sql(
        "SELECT action, actor, data FROM audit_log WHERE subject_id = ANY(:ids) ORDER BY id", ids=[r.id for r in rows]
    )

    assert [line.action for line in lines] == ["limit_set", "limit_lifted", "limit_reset_set"]
    assert [line.data["reason"] for line in lines] == [reason, "it is over", reason]
    assert all({"timestamp", "instance", "commit", "scope"} <= said.keys() for said in (made, cleared.json()))
    assert {line.actor for line in lines} == {"operator"}
    assert ADDRESS not in f"{rows} {lines}"
    assert made["identifier"].startswith("ip#")


async def test_lifting_needs_no_reason_but_no_idle_one(two):
    one, _ = two
    made = (await put(one)).json()

    idle = await one.http().delete(f"{OVERRIDES}/{made['id']}?reason=x", headers=OPERATOR)

    assert (idle.status_code, idle.json()["code"]) == (422, "validation_failed")
    assert await limit_of(one) == 3


REFUSED = (
    ({"pattern": "nothing"}, "unknown_policy"),
    ({"identifier": "nobody"}, "malformed_identifier"),
    ({"identifier": "operator"}, "policy_never_counts"),
    ({"pattern": "keys", "identifier": ADDRESS}, "policy_never_counts"),
    ({"limit": 0}, "validation_failed"),
    ({"limit": 100_001}, "validation_failed"),
    ({"limit": 2.5}, "validation_failed"),
    ({"limit": None}, "validation_failed"),
    ({"multiplier": 2}, "validation_failed"),
    ({"limit": None, "multiplier": 0}, "validation_failed"),
    ({"limit": None, "multiplier": 101}, "validation_failed"),
    ({"expiresInSeconds": 0}, "validation_failed"),
    ({"expiresInSeconds": 86_401}, "validation_failed"),
    ({"expiresInSeconds": None}, "validation_failed"),
    ({"reason": " "}, "validation_failed"),
    ({"reason": None}, "validation_failed"),
    ({"reason": "nul\x00"}, "validation_failed"),
    ({"surprise": 1}, "validation_failed"),
)


async def test_what_makes_no_sense_is_refused_and_sets_nothing(limited):
    it = await limited()
    it.now = utcnow().timestamp()

    answers = [(await put(it, **changes)).json() for changes, _ in REFUSED]

    assert [(each["status"], each["code"], each["ok"]) for each in answers] == [
        (422, code, False) for _, code in REFUSED
    ]
    assert (await it.status())["systemStats"]["overrides"] == []


async def test_whoever_may_only_read_changes_nothing(limited, make_key_row):
    it = await limited()
    _, key = await make_key_row(scopes=["ops:read"])
    http, headers = it.http(), {"X-API-Key": key}

    answers = [
        await http.put(OVERRIDES, json=WANTED, headers=headers),
        await http.delete(f"{OVERRIDES}/01a2075e-0739-7396-8c3b-2a749f9c4cfb", headers=headers),
        await http.post("/api/rate-limit/reset", json={"identifier": ADDRESS, "reason": "why not"}, headers=headers),
    ]

    assert [answer.json()["code"] for answer in answers] == ["insufficient_scope"] * 3
