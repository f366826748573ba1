"""Who is counted under what, through the application: keys, addresses, probes, accounts."""

import pytest

from app.clients.apart import recognise
from app.core.auth import Recognised
from app.core.limits.verdicts import RateLimited
from tests.ops.limits.conftest import ADDRESS, OPERATOR, made_up

KEY = {"X-API-Key": "bk_test_ours"}
MADE_UP = made_up()
SOMEBODY = Recognised("key:01a2075e-0739-7396-8c3b-2a749f9c4cfb", False)


async def test_a_verified_key_counts_for_itself_wherever_it_comes_from(limited):
    it = await limited({"keys": 3})
    it.known[KEY["X-API-Key"]] = SOMEBODY
    it.known["bk_test_other"] = Recognised("key:other", False)

    mine = [(await it.http(f"198.51.100.{n}").get("/api/services", headers=KEY)).status_code for n in range(4)]
    others = await it.http().get("/api/services", headers={"X-API-Key": "bk_test_other"})
    nobodys = await it.http().get("/api/services")

    assert mine == [401, 401, 401, 429]
    assert (others.status_code, nobodys.status_code) == (401, 401)


async def test_a_key_may_have_a_limit_of_its_own(limited):
    it = await limited({"keys": 2})
    it.known[KEY["X-API-Key"]] = Recognised(SOMEBODY.name, False, requests_per_minute=4)
    http = it.http()

    answers = [await http.get("/api/services", headers=KEY) for _ in range(5)]
    told = (await it.status(SOMEBODY.name))["limits"]["keys"]

    assert [answer.status_code for answer in answers] == [401, 401, 401, 401, 429]
    assert answers[0].headers["x-ratelimit-limit"] == "4"
    assert (told["limit"], told["remaining"], told["blocked"]) == (4, 0, True)


async def test_made_up_keys_give_no_fresh_counters(limited):
    it = await limited({"default": 3})
    http = it.http()

    answers = [await http.get("/api/services", headers=made_up()) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429, 429]
    assert (await it.status())["systemStats"]["totalEntries"] == 1


async def test_good_keys_that_a_process_does_not_know_yet_are_all_served_and_count_for_themselves(
    limited, make_client, make_key_row
):
    it = await limited({"default": 3, "public": 1})
    it.app.state.recognise = recognise
    client, http = await make_client(), it.http()
    keys = [await make_key_row(client.id) for _ in range(6)]

    answers = [await http.get("/api/services", headers={"X-API-Key": key}) for _, key in keys]

    assert [answer.status_code for answer in answers] == [200] * 6
    assert {answer.headers["ratelimit"].split(";t")[0] for answer in answers} == {'"keys";r=599'}
    assert (await it.status(f"key:{keys[0][0]}"))["limits"]["keys"]["used"] == 1
    assert (await it.status(ADDRESS))["limits"]["default"]["used"] == 0


async def test_behind_an_address_that_has_tried_too_many_keys_an_unknown_one_is_refused_unseen(limited, make_client):
    it = await limited({"default": 2})
    it.app.state.recognise = recognise
    client, http = await make_client(), it.http()
    tried = [await http.get("/api/services", headers=made_up()) for _ in range(2)]

    refused = await http.get("/api/services", headers=client.headers)
    elsewhere = await it.http("198.51.100.1").get("/api/services", headers=client.headers)
    known_by_now = await http.get("/api/services", headers=client.headers)

    assert [answer.headers["x-ratelimit-remaining"] for answer in tried] == ["1", "0"]
    assert (refused.status_code, refused.json()["policy"]) == (429, "default")
    assert (elsewhere.status_code, known_by_now.status_code) == (200, 200)


async def test_a_key_of_which_nobody_could_say_whether_it_is_good_is_charged_to_nobody(limited):
    nowhere = "postgresql+asyncpg://nobody@/nothing?host=/nowhere-at-all"
    it = await limited({"default": 2}, database_url=nowhere)
    http = it.http()

    answers = [await http.get("/api/services", headers=made_up()) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [503] * 4
    assert {answer.headers["ratelimit"].split(";t")[0] for answer in answers} == {'"default";r=2'}


async def test_a_good_key_with_a_wrong_client_counts_for_itself(limited, make_client):
    it = await limited({"default": 2})
    it.app.state.recognise = recognise
    client = await make_client()

    answer = await it.http().get("/api/services", headers={**client.headers, "X-Client-Key": "somebody-else"})

    assert (answer.status_code, answer.headers["ratelimit"].split(";")[0]) == (404, '"keys"')


async def test_an_address_that_is_refused_hinders_no_verified_key_behind_it(limited):
    it = await limited({"public": 1, "default": 1})
    it.known[KEY["X-API-Key"]] = SOMEBODY
    http = it.http()
    for headers in ({}, {}, MADE_UP, MADE_UP):
        await http.get("/api/services", headers=headers)

    assert (await http.get("/api/services", headers=KEY)).status_code == 401
    assert (await http.get("/api/backup-status", headers=OPERATOR)).status_code == 200


async def test_a_spoofed_address_changes_nothing_behind_known_proxies(limited):
    it = await limited({"public": 3}, trusted_proxy_hops=2)
    http = it.http("10.0.0.4")
    behind = "198.51.100.1, 172.70.1.1"

    answers = [
        await http.get("/api/services", headers={"X-Forwarded-For": f"{lie}{behind}"})
        for lie in ("", "1.1.1.1, ", "2.2.2.2, 3.3.3.3, ", "4.4.4.4, ")
    ]
    another = await http.get("/api/services", headers={"X-Forwarded-For": "198.51.100.2, 172.70.1.1"})

    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert another.status_code == 401


async def test_without_known_proxies_nobody_is_believed(limited):
    it = await limited({"public": 3})
    http = it.http()

    answers = [await http.get("/api/services", headers={"X-Forwarded-For": f"1.1.1.{n}"}) for n in range(4)]

    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]


async def test_a_flood_of_probes_fails_none_and_costs_other_limits_nothing(limited):
    it = await limited({"health": 5})
    it.process.started = True
    http = it.http()

    answers = [await http.get("/health/live") for _ in range(7)]
    elsewhere = await it.http("198.51.100.1").get("/health/live")
    told = (await it.status(ADDRESS))["limits"]
    it.now += told["health"]["retryAfterSeconds"]
    later = await http.get("/health/live")

    assert [answer.status_code for answer in [*answers, elsewhere, later]] == [200] * 9
    assert {answer.content for answer in answers[5:]} == {answers[4].content}
    assert len({answer.content for answer in [*answers[:5], elsewhere, later]}) == 7
    assert it.process.signals.counts["rate_limited", "health"] == 2
    assert (told["public"]["used"], told["health"]["limit"]) == (0, 5)


async def test_a_webhook_is_charged_to_its_account_once_it_is_verified(limited):
    it = await limited({"webhooks": 3})
    for _ in range(3):
        await it.limits.charge("webhooks", "account:AC1")

    with pytest.raises(RateLimited) as refused:
        await it.limits.charge("webhooks", "account:AC1")
    await it.limits.charge("webhooks", "account:AC2")

    assert refused.value.headers["Retry-After"] == "46"
    assert (await it.status("account:AC1"))["limits"]["webhooks"]["remaining"] == 0
