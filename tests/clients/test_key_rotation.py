"""Rotation: a new key for an old one, with a stated overlap."""

from datetime import timedelta

import pytest

from app.core.clock import iso

READ = {"name": "Reader", "scopes": ["bookings:read"]}


def code(answer):
    return answer.status_code, answer.json()["code"]


async def opens(http, client, key):
    answer = await http.get(f"/api/clients/{client.client_key}", headers={"X-API-Key": key})
    return 200 if answer.status_code == 200 else answer.json()["code"]


async def test_rotating_a_stronger_key_is_no_way_to_its_scopes(http, make_client, make_key_row):
    client = await make_client()
    _, narrow = await make_key_row(client.id, scopes=["clients:admin"])

    answer = await http.post(f"/api/keys/{client.key_id}/rotate", headers={"X-API-Key": narrow})

    assert code(answer) == (403, "scope_not_grantable")


async def test_a_rotated_key_works_until_the_stated_instant(http, make_client, clock):
    client = await make_client()
    old = (await http.post("/api/keys", headers=client.headers, json=READ)).json()

    answer = await http.post(f"/api/keys/{old['id']}/rotate", headers=client.headers, json={"overlapMinutes": 10})

    new = answer.json()
    assert answer.status_code == 201
    assert new["previousExpiresAt"] == iso(clock.now + timedelta(minutes=10))
    assert new.items() >= {"scopes": old["scopes"], "name": old["name"], "rotatedFrom": old["id"]}.items()
    clock.advance(minutes=10, microseconds=-1)
    assert [await opens(http, client, key["key"]) for key in (old, new)] == [200, 200]
    clock.advance(microseconds=1)
    assert [await opens(http, client, key["key"]) for key in (old, new)] == ["expired_key", 200]


async def test_a_rotation_lets_the_old_key_live_an_hour_unless_told_otherwise(http, make_client, clock):
    client = await make_client()
    made = [(await http.post("/api/keys", headers=client.headers, json=READ)).json() for _ in range(2)]

    silent = (await http.post(f"/api/keys/{made[0]['id']}/rotate", headers=client.headers)).json()
    at_once = (
        await http.post(f"/api/keys/{made[1]['id']}/rotate", headers=client.headers, json={"overlapMinutes": 0})
    ).json()

    assert silent["previousExpiresAt"] == iso(clock.now + timedelta(hours=1))
    assert at_once["previousExpiresAt"] == iso(clock.now)
    assert await opens(http, client, made[1]["key"]) == "expired_key"


async def test_a_rotation_prolongs_nothing(http, make_client, clock):
    client = await make_client()
    ends = iso(clock.now + timedelta(minutes=5))
    old = (await http.post("/api/keys", headers=client.headers, json={**READ, "expiresAt": ends})).json()

    new = (await http.post(f"/api/keys/{old['id']}/rotate", headers=client.headers)).json()

    assert (new["previousExpiresAt"], new["expiresAt"]) == (ends, ends)


@pytest.mark.parametrize("minutes", [-1, 10_081, 10**20, 1.5, "60", None])
async def test_an_overlap_that_makes_no_sense_is_refused(http, make_client, minutes):
    client = await make_client()

    answer = await http.post(
        f"/api/keys/{client.key_id}/rotate", headers=client.headers, json={"overlapMinutes": minutes}
    )

    assert code(answer) == (422, "validation_failed")
    assert await opens(http, client, client.key) == 200


async def test_an_ended_key_is_not_rotated(http, make_client, make_key_row, clock):
    client = await make_client()
    revoked, _ = await make_key_row(client.id, revoked_at=clock.now)
    expired, _ = await make_key_row(client.id, expires_at=clock.now)

    for key_id in (revoked, expired):
        assert code(await http.post(f"/api/keys/{key_id}/rotate", headers=client.headers)) == (409, "key_not_active")
