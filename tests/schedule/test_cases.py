"""The worked cases, through the command and through the API."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from app.core.clock import iso
from app.schedule.commands import read_case, slots
from app.schedule.rules import offers
from app.schedule.rules.walltime import as_datetime
from tests.schedule import cases

ABSENT = f"no worked cases in {cases.SLOTS.name}: set BOOKING_SHARED to the directory that holds cases/"

present = pytest.mark.skipif(not cases.SLOTS.exists(), reason=ABSENT)


def solve(file):
    return CliRunner().invoke(slots, ["solve", str(file)])


def wire(at):
    return iso(as_datetime(at))


@present
def test_the_command_solves_every_case():
    solved = solve(cases.SLOTS)

    assert solved.stdout.splitlines() == [f"{case['id']} ok" for case in cases.load()]
    assert solved.exit_code == 0


@present
def test_the_command_tells_what_differs_and_fails(tmp_path):
    first, second, third, *_ = cases.load()
    moved = [*second["expected"][1:], "2030-01-01T00:00Z"]
    named = {second["expected"][0]: ["somebody else"]}
    file = tmp_path / "cases.json"
    tampered = [first, {**second, "expected": moved}, third, {**second, "id": "hosts", "expected_hosts": named}]
    file.write_text(json.dumps({"cases": tampered}))

    solved = solve(file)

    got = json.dumps({second["expected"][0]: [second["hosts"][0]["id"]]})
    assert solved.exit_code == 1
    assert solved.stdout.splitlines() == [
        f"{first['id']} ok",
        f"{second['id']} expected {json.dumps(moved)} got {json.dumps(second['expected'])}",
        f"{third['id']} ok",
        f"hosts expected {json.dumps(named)} got {got}",
    ]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"cases": [{}]}', '{"cases": [{"id": "a", "service": {}}]}'])
def test_the_command_says_in_one_line_that_a_file_holds_no_cases(tmp_path, content):
    file = tmp_path / "cases.json"
    file.write_text(content)

    solved = solve(file)

    assert (solved.exit_code, solved.stdout) == (2, "")
    assert len(solved.stderr.splitlines()) == 1


NINE_TO_NOON = [{"days": [1], "start": "09:00", "end": "12:00"}]
AT_TEN = {"start": "2026-01-12T10:00Z", "end": "2026-01-12T11:00Z"}
HELD_BY_X = {**AT_TEN, "expires_at": "2026-01-12T06:05Z", "owner": "x"}
PLAIN: dict[str, Any] = {
    "id": "own",
    "now": "2026-01-12T06:00Z",
    "query": {"from": "2026-01-12T00:00Z", "to": "2026-01-13T00:00Z"},
    "service": {"duration_min": 60},
    "hosts": [{"id": "h1", "tz": "UTC", "weekly": NINE_TO_NOON, "holds": [HELD_BY_X]}],
}


@pytest.mark.parametrize(
    ("changes", "hours"),
    [
        ({}, "09 11"),
        ({"requester": "x"}, "09 10 11"),
        ({"query": {**PLAIN["query"], "requester": "x"}}, "09 10 11"),
        ({"requester": "y"}, "09 11"),
        ({"service": {"duration_min": 30, "interval_min": 60, "offset_min": 30}}, "09:30 11:30"),
        ({"service": {"duration_min": 60, "capacity": 2}}, "09 10 11"),
        (
            {"hosts": [{**PLAIN["hosts"][0], "bookings": [AT_TEN]}], "service": {"duration_min": 60, "capacity": 2}},
            "09 11",
        ),
        (
            {"hosts": [{**PLAIN["hosts"][0], "overrides": {"2026-01-12": [{"start": "11:00", "end": "10:00"}]}}]},
            "11 12",
        ),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else value,
)
def test_the_command_reads_every_field_of_a_case(changes, hours):
    case = {**PLAIN, **changes}
    case["query"] = {**case["query"], "to": "2026-01-12T13:00Z"}

    found = offers(*read_case(case))

    assert [wire(at)[11:16].removesuffix(":00") for at in found] == hours.split()


@present
@pytest.mark.parametrize("case", cases.load(), ids=lambda case: case["id"])
async def test_the_api_offers_what_a_case_expects(http, app, make_client, clock, case):
    reason = cases.inexpressible(case)
    if reason:
        pytest.skip(f"{case['id']}: {reason}")
    clock.set(case["now"])
    client = await make_client(timezone="UTC")
    arranged = cases.Arrangement(client.id, case)
    await arranged.put_into(app.state.engine)
    asked = {"serviceId": str(arranged.service_id), **case["query"]}
    if arranged.excluded:
        asked["excludeBookingId"] = str(arranged.excluded)

    answer = await http.get("/api/availability", params=asked, headers=client.headers)

    assert answer.status_code == 200, answer.text
    shown = {
        slot["startsAt"]: sorted(arranged.hosts[resource] for resource in slot["resourceIds"])
        for slot in answer.json()["slots"]
    }
    assert list(shown) == [stamp.replace("Z", ":00Z") for stamp in case["expected"]]
    terms, agendas, ask = read_case(case)
    assert shown == {wire(at): sorted(map(str, able)) for at, able in offers(terms, agendas, ask).items()}
    spots = {stamp.replace("Z", ":00Z"): sorted(able) for stamp, able in case.get("expected_hosts", {}).items()}
    assert {at: able for at, able in shown.items() if at in spots} == spots
