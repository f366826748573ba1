"""`booking phrases`: read what people say of time, and run worked cases, without a database."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from app.core.clock import iso, utcnow
from app.core.commands import Json
from app.core.terminal import table, tell_solved
from app.phrases.rules import Grain, Reading, Readings, read_time

phrases = typer.Typer(help="What people say of time, in words.", no_args_is_help=True)

Now = Annotated[str | None, typer.Option(help="When it is said, as ISO 8601, local where it has no offset.")]
Zone = Annotated[str, typer.Option(help="The IANA time zone it is said in.")]
Region = Annotated[str, typer.Option(help="The country it is said in, two letters: it orders dates in numbers.")]


@phrases.command()
def read(
    words: Annotated[str, typer.Argument(help="What was said.")],
    now: Now = None,
    zone: Zone = "Europe/London",
    region: Region = "GB",
    as_json: Json = False,
) -> None:
    """Print the readings of a phrase, most likely first; without any, the reason, and exit 1."""
    try:
        local = ZoneInfo(zone)
        at = _aware(now, local) if now else utcnow()
    except (ValueError, KeyError, OSError):
        typer.echo(
            f"booking: cannot read the time {now!r} in the zone {zone!r}: use ISO 8601 and an IANA name", err=True
        )
        raise typer.Exit(2) from None
    found = read_time(words, at, local, region)
    typer.echo(json.dumps(_document(found, local)) if as_json else _shown(found, local))
    if not found.readings:
        raise typer.Exit(1)


@phrases.command()
def solve(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A file of cases (JSON).")]) -> None:
    """Read each case's phrase with the rules that callers meet; exit 1 when one differs from what it expects."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        results = [(case["id"], *_check({**_defaults(document), **case})) for case in document["cases"]]
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as unreadable:
        typer.echo(f"{file}: not a file of phrase cases ({type(unreadable).__name__}: {unreadable})", err=True)
        raise typer.Exit(2) from None
    tell_solved(results)


def _aware(stamp: str, zone: ZoneInfo) -> datetime:
    """Return the instant of a stamp, in the zone where it has no offset of its own."""
    at = datetime.fromisoformat(stamp)
    return at.replace(tzinfo=zone) if at.tzinfo is None else at


def _document(found: Readings, zone: ZoneInfo) -> dict[str, Any]:
    readings = [{**_told(reading), "span": [iso(at) for at in reading.span(zone)]} for reading in found.readings]
    return {"readings": readings, "reason": found.reason, "ambiguous": found.ambiguous}


def _shown(found: Readings, zone: ZoneInfo) -> str:
    if not found.readings:
        return f"no reading: {found.reason}"
    rows = [
        [f"{reading.start:%A}", told["start"], told["end"] or "", told["grain"], iso(reading.span(zone)[0])]
        for reading, told in ((reading, _told(reading)) for reading in found.readings)
    ]
    return table(["weekday", "start", "end", "grain", "start in UTC"], rows)


def _told(reading: Reading) -> dict[str, Any]:
    return {
        "start": _stamp(reading.start, reading.grain),
        "end": None if reading.end is None else _stamp(reading.end, reading.grain),
        "grain": str(reading.grain),
    }


def _stamp(wall: datetime, grain: Grain) -> str:
    return wall.date().isoformat() if grain in {Grain.DAY, Grain.WEEK} else wall.isoformat(timespec="minutes")


def _defaults(document: dict[str, Any]) -> dict[str, Any]:
    return {key: document[key] for key in ("now", "timezone", "region", "compare") if key in document}


def _check(case: dict[str, Any]) -> tuple[Any, Any]:
    """Return what a case expects and what the rules give, both as far as the case compares them."""
    zone = ZoneInfo(case["timezone"])
    found = read_time(case["phrase"], _aware(case["now"], zone), zone, case["region"])
    best = found.best
    if case["start"] is None:
        return None, best and _told(best)
    grain = Grain(case.get("grain") or ("minute" if "T" in case["start"] else "day"))
    start, end = (_normal(case.get(side), grain, zone) for side in ("start", "end"))
    expected: dict[str, Any] = {"start": start, "end": end, "grain": str(grain)}
    if best is None:
        return expected, {"start": None, "reason": str(found.reason)}
    if case.get("compare") == "start":
        same = _at_grain(_local(case["start"], zone), grain) == _at_grain(best.start, grain)
        return {"start": expected["start"]}, {"start": expected["start"] if same else _told(best)["start"]}
    got = _told(best)
    if "alternatives" in case:
        expected["alternatives"] = case["alternatives"]
        got["alternatives"] = [_told(reading)["start"] for reading in found.readings[1:]]
    return expected, got


def _local(stamp: str, zone: ZoneInfo) -> datetime:
    """Return the wall time of a stamp, which is local where it has no offset of its own."""
    at = datetime.fromisoformat(stamp)
    return at if at.tzinfo is None else at.astimezone(zone).replace(tzinfo=None)


def _normal(stamp: str | None, grain: Grain, zone: ZoneInfo) -> str | None:
    """Return a stamp as readings are written."""
    return None if stamp is None else _stamp(_local(stamp, zone), grain)


def _at_grain(wall: datetime, grain: Grain) -> date:
    """Return a wall time as far as a grain tells it: its week's Monday, its date, its hour, its minute."""
    if grain is Grain.WEEK:
        return wall.date() - timedelta(days=wall.weekday())
    if grain is Grain.DAY:
        return wall.date()
    return wall.replace(minute=0 if grain is Grain.HOUR else wall.minute, second=0, microsecond=0, fold=0)
