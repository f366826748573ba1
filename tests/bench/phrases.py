"""How long it takes to understand when somebody means."""

from time import thread_time
from zoneinfo import ZoneInfo

from app.phrases.rules import read_time
from tests.bench.stand import Stand
from tests.bench.table import Row, percentile
from tests.phrases.worked import TABLES, Line, lines

ROUNDS, GOAL_MS = 20, 1


async def phrases(stand: Stand) -> list[Row]:
    """Read every phrase of our tables, in turn, as often as there is time for."""
    said = [line for table in sorted(TABLES.glob("*.txt")) for line in lines(table.stem)]
    seconds = [_seconds(line) for _ in range(ROUNDS if stand.scale.pairs >= 10 else 1) for line in said]
    what = f"read_time, {len(said)} phrases, p99"
    return [Row(what, percentile(seconds, 0.99) * 1000, "ms", None, "CPU time of its thread", GOAL_MS, False)]


def _seconds(line: Line) -> float:
    zone = line.now.tzinfo
    assert isinstance(zone, ZoneInfo)
    began = thread_time()
    read_time(line.phrase, line.now, zone, line.region)
    return thread_time() - began
