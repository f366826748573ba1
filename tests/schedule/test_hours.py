"""Weekly hours and overrides through their HTTP door."""

import pytest

WEEK = {"weekly": [{"days": [1, 2, 3], "start": "09:00", "end": "17:30"}]}
CHRISTMAS_EVE = {"windows": [{"start": "09:00", "end": "12:00"}]}


@pytest.fixture
async def path(practice):
    """The path of a resource."""
    return f"/resources/{await practice.resource()}"


async def test_a_resource_is_closed_until_it_gets_hours(practice, path):
    answer = await practice.call("GET", f"{path}/hours")

    assert answer.json() == {"weekly": [], "version": 0}
    assert answer.headers["ETag"] == '"0"'


async def test_hours_are_replaced_as_a_whole(practice, path):
    first = await practice.call("PUT", f"{path}/hours", json=WEEK)
    night = {
        "weekly": [{"days": [5, 6], "start": "22:00", "end": "02:00"}, {"days": [7], "start": "02:00", "end": "24:00"}]
    }
    second = await practice.call("PUT", f"{path}/hours", json=night)

    assert (first.status_code, first.json()) == (200, {**WEEK, "version": 1})
    assert (second.json(), second.headers["ETag"]) == ({**night, "version": 2}, '"2"')
    assert (await practice.call("GET", f"{path}/hours")).json() == second.json()


@pytest.mark.parametrize(
    ("window", "code"),
    [
        ({"start": "25:00"}, "validation_failed"),
        ({"start": "24:00"}, "validation_failed"),
        ({"end": "24:01"}, "validation_failed"),
        ({"end": "17:60"}, "validation_failed"),
        ({"start": "9:00"}, "validation_failed"),
        ({"start": "09:00:00"}, "validation_failed"),
        ({"start": "\uff109:00"}, "validation_failed"),
        ({"start": 540}, "validation_failed"),
        ({"start": None}, "validation_failed"),
        ({"days": []}, "validation_failed"),
        ({"days": [0]}, "validation_failed"),
        ({"days": [8]}, "validation_failed"),
        ({"days": [1, 1]}, "validation_failed"),
        ({"days": ["1"]}, "validation_failed"),
        ({"breaks": []}, "validation_failed"),
        ({"start": "12:00", "end": "12:00"}, "window_empty"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_window_that_makes_no_sense_is_refused_and_nothing_is_written(practice, path, window, code):
    await practice.call("PUT", f"{path}/hours", json=WEEK)

    answer = await practice.call("PUT", f"{path}/hours", json={"weekly": [{**WEEK["weekly"][0], **window}]})

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (await practice.call("GET", f"{path}/hours")).json() == {**WEEK, "version": 1}


@pytest.mark.parametrize(
    ("second", "when"),
    [
        ({"days": [3, 4], "start": "17:00", "end": "18:00"}, "Wednesday 17:00"),
        ({"days": [7], "start": "23:00", "end": "09:01"}, "Monday 09:00"),
        ({"days": [1], "start": "09:00", "end": "17:30"}, "Monday 09:00"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_hours_that_overlap_are_refused_and_the_problem_says_when(practice, path, second, when):
    answer = await practice.call("PUT", f"{path}/hours", json={"weekly": [*WEEK["weekly"], second]})

    assert (answer.status_code, answer.json()["code"]) == (422, "hours_overlap")
    assert when in answer.json()["detail"]
    assert (await practice.call("GET", f"{path}/hours")).json()["version"] == 0


async def test_more_windows_than_anyone_needs_are_refused(practice, path):
    week = [{"days": [1], "start": f"{n // 6:02}:{n % 6}0", "end": f"{n // 6:02}:{n % 6}5"} for n in range(51)]
    date = [{"start": window["start"], "end": window["end"]} for window in week[:21]]

    answers = [
        await practice.call("PUT", f"{path}/hours", json={"weekly": week}),
        await practice.call("PUT", f"{path}/overrides/2026-12-24", json={"windows": date}),
    ]

    assert [answer.json()["code"] for answer in answers] == ["validation_failed"] * 2
    assert (await practice.call("PUT", f"{path}/hours", json={"weekly": week[:50]})).status_code == 200
    assert (await practice.call("PUT", f"{path}/overrides/2026-12-24", json={"windows": date[:20]})).status_code == 200


async def test_hours_keep_to_the_version_that_a_change_names(practice, path):
    first = await practice.call("PUT", f"{path}/hours", json=WEEK, headers={"If-Match": '"0"'})
    stale_tag = await practice.call("PUT", f"{path}/hours", json={"weekly": []}, headers={"If-Match": '"0"'})
    stale_body = await practice.call("PUT", f"{path}/hours", json={"weekly": [], "version": 0})
    read_back = await practice.call("PUT", f"{path}/hours", json=first.json())

    assert (stale_tag.status_code, stale_tag.json()["code"]) == (412, "precondition_failed")
    assert (stale_body.status_code, stale_body.json()["code"]) == (409, "version_conflict")
    assert read_back.json() == {**WEEK, "version": 2}


async def test_an_override_lives_from_put_to_delete(practice, path):
    place = f"{path}/overrides/2026-12-24"
    made = await practice.call("PUT", place, json=CHRISTMAS_EVE)
    read = await practice.call("GET", place)
    closed = await practice.call("PUT", place, json={"windows": []}, headers={"If-Match": '"1"'})
    gone = await practice.call("DELETE", place)
    after = [await practice.call("GET", place), await practice.call("DELETE", place)]

    assert (made.status_code, made.json()) == (200, {"date": "2026-12-24", **CHRISTMAS_EVE, "version": 1})
    assert (read.json(), read.headers["ETag"]) == (made.json(), '"1"')
    assert closed.json() == {"date": "2026-12-24", "windows": [], "version": 2}
    assert (gone.status_code, gone.content) == (204, b"")
    assert [(answer.status_code, answer.json()["code"]) for answer in after] == [(404, "override_not_found")] * 2


@pytest.mark.parametrize(
    "windows",
    [
        [{"start": "09:00", "end": "12:00"}, {"start": "11:59", "end": "13:00"}],
        [{"start": "22:00", "end": "02:00"}, {"start": "23:00", "end": "24:00"}],
    ],
    ids=lambda value: str(value)[:40],
)
async def test_windows_of_one_date_cannot_overlap(practice, path, windows):
    answer = await practice.call("PUT", f"{path}/overrides/2026-12-24", json={"windows": windows})

    assert (answer.status_code, answer.json()["code"]) == (422, "hours_overlap")
    assert (await practice.call("GET", f"{path}/overrides")).json()["items"] == []


@pytest.mark.parametrize(
    "date", ["2026-02-30", "1999-12-31", "2100-01-01", "24.12.2026", "tomorrow", "2026-12-24T00:00:00Z", "1798070400"]
)
async def test_a_date_that_is_none_is_refused(practice, path, date):
    answer = await practice.call("PUT", f"{path}/overrides/{date}", json=CHRISTMAS_EVE)

    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")


async def test_overrides_are_listed_by_date_in_pages_and_between_dates(practice, path):
    dates = [f"2026-12-{day:02}" for day in (31, 24, 26, 25)]
    for date in dates:
        await practice.call("PUT", f"{path}/overrides/{date}", json={"windows": []})

    first = (await practice.call("GET", f"{path}/overrides", params={"limit": 3})).json()
    second = (await practice.call("GET", f"{path}/overrides", params={"limit": 3, "after": first["nextAfter"]})).json()
    between = (await practice.call("GET", f"{path}/overrides?from=2026-12-25&to=2026-12-26")).json()

    assert [override["date"] for override in first["items"] + second["items"]] == sorted(dates)
    assert [override["date"] for override in between["items"]] == ["2026-12-25", "2026-12-26"]
    assert second["nextAfter"] is None


async def test_another_clients_hours_do_not_exist(practice, path, make_practice):
    other = await make_practice()
    await practice.call("PUT", f"{path}/overrides/2026-12-24", json=CHRISTMAS_EVE)

    answers = [
        await other.call("GET", f"{path}/hours"),
        await other.call("PUT", f"{path}/hours", json=WEEK),
        await other.call("GET", f"{path}/overrides"),
        await other.call("GET", f"{path}/overrides/2026-12-24"),
        await other.call("PUT", f"{path}/overrides/2026-12-24", json=CHRISTMAS_EVE),
        await other.call("DELETE", f"{path}/overrides/2026-12-24"),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "resource_not_found")] * 6
    assert (await practice.call("GET", f"{path}/overrides/2026-12-24")).status_code == 200


async def test_an_archived_resource_keeps_its_hours_as_they_were(practice, path):
    await practice.call("PUT", f"{path}/hours", json=WEEK)
    await practice.call("POST", f"{path}/archive")

    answers = [
        await practice.call("PUT", f"{path}/hours", json={"weekly": []}),
        await practice.call("PUT", f"{path}/overrides/2026-12-24", json=CHRISTMAS_EVE),
        await practice.call("DELETE", f"{path}/overrides/2026-12-24"),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "resource_archived")] * 3
    assert (await practice.call("GET", f"{path}/hours")).json() == {**WEEK, "version": 1}


async def test_every_change_makes_cached_plans_old_and_leaves_a_line_in_the_audit_log(practice, path, sql):
    await practice.call("PUT", f"{path}/hours", json=WEEK)
    await practice.call("PUT", f"{path}/overrides/2026-12-24", json=CHRISTMAS_EVE)
    await practice.call("DELETE", f"{path}/overrides/2026-12-24")

    lines = await sql("SELECT action, data FROM audit_log WHERE client_id = :id ORDER BY id", id=practice.id)
    [(version,)] = await sql("SELECT configuration_version FROM clients WHERE id = :id", id=practice.id)

    assert [tuple(line) for line in lines][1:] == [
        ("hours_changed", {}),
        ("override_changed", {"date": "2026-12-24"}),
        ("override_deleted", {"date": "2026-12-24"}),
    ]
    assert version == 5


async def test_hours_are_changed_with_the_scope_of_administration_alone(practice, path, make_key_row):
    _, writer = await make_key_row(practice.id, scopes=["bookings:read", "bookings:write"])
    headers = {"X-API-Key": writer}

    answers = [
        await practice.call("PUT", f"{path}/hours", json=WEEK, headers=headers),
        await practice.call("PUT", f"{path}/overrides/2026-12-24", json=CHRISTMAS_EVE, headers=headers),
        await practice.call("DELETE", f"{path}/overrides/2026-12-24", headers=headers),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(403, "insufficient_scope")] * 3
    assert (await practice.call("GET", f"{path}/hours", headers=headers)).status_code == 200
