"""The status of limits: read from what enforces them, for nothing."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from pydantic import SecretStr

from app.clients.apart import recognise
from app.core.auth import Recognised
from app.core.limits import silence
from app.core.limits.limiter import STATUS
from app.ops.limits.service import standings
from tests.ops.limits.conftest import ADDRESS, OPERATOR
from tests.redis import RedisServer

KEYS = [(name.lower().encode(), value.encode()) for name, value in OPERATOR.items()]
KEY = {"X-API-Key": "bk_test_ours"}
SOMEBODY = Recognised("key:01a2075e-0739-7396-8c3b-2a749f9c4cfb", False)


async def test_it_has_the_documented_members_and_those_beside_them(limited):
    it = await limited({"public": 5})
    http = it.http()
    for _ in range(7):
        await http.get("/api/services")

    told = await it.status(ADDRESS)

    public = told["limits"].pop("public")
    assert public.pop("reset").endswith("Z")
    assert public == {
        "limit": 5,
        "remaining": 0,
        "used": 5,
        "windowSeconds": 60,
        "retryAfterSeconds": 46,
        "strategy": "sliding-window-counter",
        "blocked": True,
        "override": None,
    }
    assert set(told["limits"]) == {"default", "health"}
    system = told["systemStats"]
    assert (system["totalEntries"], system["activeWindows"], system["rejected5m"]) == (1, 1, 2)
    assert system["topRejected"] == [{"identifier": f"ip:{ADDRESS}", "policy": "public", "rejected": 2}]
    assert (system["overrides"], system["endpoints"]["admin"] > 5) == ([], True)
    assert told["storage"] == {"backend": "memory", "healthy": True, "fallback": None}
    assert (told["ok"], told["enforced"], told["identifier"], told["scope"]) == (True, True, ADDRESS, "instance")
    assert told["timestamp"].endswith("Z")


async def test_a_thousand_looks_change_nothing(limited):
    it = await limited()
    asked = {"type": "http", "method": "GET", "path": STATUS, "app": it.app, "client": (ADDRESS, 1), "headers": KEYS}
    first = await it.status("operator")
    for _ in range(1_000):
        assert (await it.limits.admit(asked)).passed
        await standings(it.limits, "operator")
    last = await it.status("operator")

    assert {**first, "timestamp": None} == {**last, "timestamp": None}
    assert last["limits"]["operations"]["used"] == 0


async def test_what_it_says_is_what_the_next_request_meets(limited):
    it = await limited({"keys": 4})
    it.known[KEY["X-API-Key"]] = SOMEBODY
    http, said, met = it.http(), [], []
    for step in (0, 0, 20, 20, 0, 0, 30, 15, 0, 60):
        it.now += step
        standing = (await it.status(SOMEBODY.name))["limits"]["keys"]
        answer = await http.get("/api/services", headers=KEY)
        said.append((standing["blocked"], max(0, standing["remaining"] - 1), standing["retryAfterSeconds"]))
        met.append(
            (
                answer.status_code == 429,
                int(answer.headers["x-ratelimit-remaining"]),
                int(answer.headers.get("retry-after", 0)),
            )
        )

    assert said == met
    assert {blocked for blocked, _, _ in met} == {True, False}


async def test_without_an_identifier_it_is_about_who_asks(limited):
    it = await limited()
    await it.http().get("/api/backup-status", headers=OPERATOR)

    told = await it.status()

    assert told["identifier"] == "operator"
    assert {policy: each["used"] for policy, each in told["limits"].items()} == {"keys": 0, "admin": 0, "operations": 1}


async def test_a_key_that_memory_cannot_verify_is_told_its_address_and_what_that_has_used(limited, make_key_row):
    it = await limited()
    _, key = await make_key_row()

    told = (await it.http().get("/api/rate-limit/status", headers={"X-API-Key": key})).json()

    assert (told["identifier"], told["limits"]["default"]["used"]) == (f"ip:{ADDRESS}", 0)


@pytest.mark.parametrize(
    "identifier", ["198.51.100.200", "2001:db8::1", "key:01a2075e-0739-7396-8c3b-2a749f9c4cfc", "account:nobody"]
)
async def test_whom_nobody_has_seen_has_the_whole_limit(limited, identifier):
    told = await (await limited()).status(identifier)

    assert told["identifier"] == identifier
    assert told["limits"]
    for each in told["limits"].values():
        assert (each["remaining"], each["used"], each["blocked"]) == (each["limit"], 0, False)


@pytest.mark.parametrize("identifier", ["", "nonsense", "key:1", "10.0.0.1/8", "x" * 101, "account:a b", "\x00"])
async def test_a_malformed_identifier_is_refused(limited, identifier):
    http = (await limited()).http()

    answer = await http.get("/api/rate-limit/status", params={"identifier": identifier}, headers=OPERATOR)

    assert (answer.status_code, answer.json()["ok"]) == (422, False)
    assert answer.json()["code"] in {"malformed_identifier", "validation_failed"}


async def test_it_answers_while_the_database_is_away(limited):
    it = await limited(database_url="postgresql+asyncpg://nobody@/nothing?host=/nowhere-at-all")

    assert (await it.status())["limits"]["operations"]["limit"] == 600


async def test_it_tells_when_the_shared_counters_are_lost_and_found(limited, tmp_path):
    server = RedisServer(tmp_path).start()
    one, other = [await limited({"public": 3}, redis_url=SecretStr(server.url)) for _ in range(2)]
    try:
        codes = [(await each.http().get("/api/services")).status_code for each in (one, other) * 3]
        shared = await other.status(ADDRESS)
        server.stop()
        without = [(await one.http().get("/api/services")).status_code for _ in range(5)]
        lost = await one.status(ADDRESS)
        server.start()
        await one.limits.mend()
        found = await one.status(ADDRESS)
    finally:
        server.stop()

    assert codes == [401, 401, 401, 429, 429, 429]
    assert (shared["scope"], shared["limits"]["public"]["used"]) == ("cluster", 3)
    assert shared["storage"] == {"backend": "redis", "healthy": True, "fallback": None}
    assert without == [401, 401, 401, 429, 429]
    assert (lost["scope"], lost["limits"]["public"]["used"]) == ("instance", 3)
    assert lost["storage"] == {"backend": "redis", "healthy": False, "fallback": "memory"}
    assert one.process.gauges["limits"]()["healthy"] is True
    assert (found["storage"]["healthy"], found["limits"]["public"]["used"]) == (True, 0)


async def test_two_processes_let_exactly_the_limit_through_and_none_fails_when_redis_goes(
    limited, tmp_path, monkeypatch
):
    monkeypatch.setattr(silence, "LOOKS", 100)  # a busy machine is no silence
    server = RedisServer(tmp_path).start()
    patient = {
        "redis_url": SecretStr(server.url),
        "request_deadline": timedelta(minutes=1),
    }  # all stand still meanwhile
    processes = [await limited({"public": 20}, **patient) for _ in range(2)]
    callers = [process.http() for process in processes]

    async def statuses(requests):
        answers = await asyncio.gather(*(callers[n % 2].get("/api/services") for n in range(requests)))
        return Counter(answer.status_code for answer in answers)

    try:
        together = await statuses(100)
        running = asyncio.create_task(statuses(200))
        await statuses(2)
    finally:
        server.stop()
    alone = (await running) + await statuses(100)

    assert together == {401: 20, 429: 80}
    assert (set(alone), alone[401] <= 40) == ({401, 429}, True)


async def test_a_real_key_counts_for_itself_from_its_first_request_on(limited, make_client):
    it = await limited()
    it.app.state.recognise = recognise
    client = await make_client()
    http = it.http()

    answers = [await http.get("/api/services", headers=client.headers) for _ in range(2)]

    assert [answer.headers["ratelimit-policy"] for answer in answers] == ['"keys";q=600;w=60'] * 2
    assert (await it.status(f"key:{client.key_id}"))["limits"]["keys"]["used"] == 2
