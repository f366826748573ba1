"""Carry one process' numbers to the database, read those of all, and put old ones together."""

from app.ops.samples.service.adding import Total, counts, spells, tallies, totals
from app.ops.samples.service.carrying import ALIVE, FLUSH_SECONDS, KINDS, Carrier, as_text
from app.ops.samples.service.rolling import BEFORE_ALL, KEPT, MINUTES_KEPT, NOBODY, kept_since, roll_up

__all__ = [
    "ALIVE",
    "BEFORE_ALL",
    "FLUSH_SECONDS",
    "KEPT",
    "KINDS",
    "MINUTES_KEPT",
    "NOBODY",
    "Carrier",
    "Total",
    "as_text",
    "counts",
    "kept_since",
    "roll_up",
    "spells",
    "tallies",
    "totals",
]
