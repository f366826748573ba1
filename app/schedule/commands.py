"""`booking slots`: run the availability rules on worked cases, without a database."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from app.core.terminal import tell_solved
from app.schedule.rules import Agenda, Ask, Block, Calendar, Terms, WeeklyWindow, offers
from app.schedule.rules.agenda import in_order

slots = typer.Typer(help="Availability rules on worked cases.", no_args_is_help=True)


@slots.callback()
def _group() -> None:
    """Keep `solve` a command of its own although it is the only one."""


@slots.command()
def solve(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A file of cases (JSON).")]) -> None:
    """Solve each case with the rules that the API runs; exit 1 when one differs from what it expects."""
    try:
        cases = json.loads(file.read_text())["cases"]
        results = [(case["id"], *_check(case)) for case in cases]
    except (ValueError, KeyError, TypeError) as unreadable:
        typer.echo(f"{file}: not a file of slot cases ({type(unreadable).__name__}: {unreadable})", err=True)
        raise typer.Exit(2) from None
    tell_solved(results)


def _check(case: dict[str, Any]) -> tuple[Any, Any]:
    """Return what a case expects and what the rules give; hosts only where the case names some."""
    terms, agendas, ask = read_case(case)
    found = {_stamp(start): sorted(map(str, hosts)) for start, hosts in offers(terms, agendas, ask).items()}
    expected, got = case["expected"], list(found)
    checked = {start: sorted(hosts) for start, hosts in case.get("expected_hosts", {}).items()}
    if not checked or expected != got:
        return expected, got
    return checked, {start: found.get(start, []) for start in checked}


def read_case(case: dict[str, Any]) -> tuple[Terms, list[Agenda], Ask]:
    """Return the service, the resources and the question of one case."""
    service = case["service"]
    terms = Terms(
        duration=service["duration_min"] * 60,
        before=service.get("buffer_before_min", 0) * 60,
        after=service.get("buffer_after_min", 0) * 60,
        interval=(service.get("interval_min") or 0) * 60,
        offset=service.get("offset_min", 0) * 60,
        grid=case.get("grid", "window"),
        notice=service.get("min_notice_min", 0) * 60,
        horizon_days=service.get("max_advance_days"),
        max_per_day=service.get("max_per_day"),
        capacity=service.get("capacity", 1),
        assign=case.get("assign", "any"),
    )
    agendas = [Agenda(host["id"], _calendar(host), in_order(_blocks(host, case))) for host in case["hosts"]]
    ask = Ask(_instant(case["query"]["from"]), _instant(case["query"]["to"]), float(_instant(case["now"])))
    return terms, agendas, ask


def _calendar(host: dict[str, Any]) -> Calendar:
    weekly = tuple(
        WeeklyWindow(frozenset(window["days"]), _minute(window["start"]), _minute(window["end"]))
        for window in host.get("weekly", [])
    )
    overrides = {
        date.fromisoformat(day): tuple((_minute(window["start"]), _minute(window["end"])) for window in windows)
        for day, windows in host.get("overrides", {}).items()
    }
    return Calendar(host["tz"], weekly, overrides)


def _blocks(host: dict[str, Any], case: dict[str, Any]) -> list[Block]:
    blocks = [
        Block(start, end, start, end, bookings=0)
        for start, end in ((_instant(busy["start"]), _instant(busy["end"])) for busy in host.get("busy", []))
    ]
    for booking in host.get("bookings", []):
        live = booking.get("status", "confirmed") in {"confirmed", "pending"}
        if live and ("id" not in booking or booking["id"] != case.get("exclude_booking_id")):
            blocks.append(_block(booking))
    blocks.extend(
        _block(hold)._replace(expires_at=float(_instant(hold["expires_at"])))
        for hold in host.get("holds", [])
        if "owner" not in hold or hold["owner"] != case.get("requester", case["query"].get("requester"))
    )
    return blocks


def _block(booking: dict[str, Any]) -> Block:
    start, end = _instant(booking["start"]), _instant(booking["end"])
    return Block(
        start - booking.get("buffer_before_min", 0) * 60,
        end + booking.get("buffer_after_min", 0) * 60,
        start,
        end,
        same_service=booking.get("service", "same") == "same",
        seats=booking.get("seats", 1),
    )


def _instant(stamp: str) -> int:
    return int(datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp())


def _stamp(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%MZ")


def _minute(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)
