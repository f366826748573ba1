"""Failures that nobody expected, told and counted without a value of anybody's.

A failure's message may hold a customer's data, its types and the place where it was raised cannot. Groups are kept by
fingerprint, bounded, and so small that an outage with thousands of them costs nothing.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from traceback import walk_tb

_ROOT = Path(__file__).parents[2]
_OURS, _CORE = str(_ROOT / "app"), str(_ROOT / "app" / "core")

MOST_GROUPS = 200
MOST_ROUTES = 10
REQUESTS_KEPT = 5


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure. `place` is `app/file.py:line function`, empty where nothing rose.

    `route` is `METHOD /template`, or `background NAME` for a turn, which has no request's id.
    """

    fingerprint: str
    kind: str
    place: str
    route: str
    code: str
    request_id: str
    at: datetime


@dataclass(slots=True)
class Group:
    """All failures of one fingerprint, as far as they are told here."""

    kind: str
    place: str
    code: str
    first_at: datetime
    last_at: datetime
    count: int = 0
    routes: list[str] = field(default_factory=list)
    request_ids: deque[str] = field(default_factory=lambda: deque(maxlen=REQUESTS_KEPT))
    hours: dict[datetime, int] = field(default_factory=dict)
    """How many, by the hour (UTC) that they happened in."""

    def add(self, failure: Failure) -> None:
        """Count one more."""
        self.count += 1
        self.place = failure.place
        self.first_at, self.last_at = min(self.first_at, failure.at), max(self.last_at, failure.at)
        if failure.route not in self.routes and len(self.routes) < MOST_ROUTES:
            self.routes.append(failure.route)
        if failure.request_id:
            self.request_ids.append(failure.request_id)
        hour = failure.at.replace(minute=0, second=0, microsecond=0)
        self.hours[hour] = self.hours.get(hour, 0) + 1

    def merge(self, later: "Group") -> None:
        """Add what another has counted of the same fingerprint, later."""
        self.count += later.count
        self.place = later.place
        self.first_at, self.last_at = min(self.first_at, later.first_at), max(self.last_at, later.last_at)
        self.routes = list(dict.fromkeys([*self.routes, *later.routes]))[:MOST_ROUTES]
        self.request_ids.extend(later.request_ids)
        for hour, count in later.hours.items():
            self.hours[hour] = self.hours.get(hour, 0) + count


class Failures:
    """Groups by fingerprint: since the start, and what of them was not carried to the database yet."""

    def __init__(self) -> None:
        self.groups: dict[str, Group] = {}
        self.uncarried: dict[str, Group] = {}
        self.dropped = 0
        """Failures that were one kind too many to be remembered."""

    def add(self, failure: Failure) -> None:
        """Count a failure in its group."""
        for groups in (self.groups, self.uncarried):
            group = groups.get(failure.fingerprint)
            if group is None:
                if len(groups) >= MOST_GROUPS:
                    self.dropped += groups is self.groups
                    continue
                at = failure.at
                group = groups[failure.fingerprint] = Group(failure.kind, failure.place, failure.code, at, at)
            group.add(failure)

    def put_back(self, taken: dict[str, Group]) -> None:
        """Have groups carried after all that could not be."""
        for fingerprint, group in self.uncarried.items():
            if fingerprint in taken:
                taken[fingerprint].merge(group)
            else:
                taken[fingerprint] = group
        self.uncarried = taken

    def forget_hours(self, before: datetime) -> None:
        """Forget the hours that began earlier, so that old groups stay small."""
        for group in self.groups.values():
            group.hours = {hour: count for hour, count in group.hours.items() if hour >= before}


@dataclass(frozen=True, slots=True)
class Fault:
    """What an exception tells of itself: its types, the outermost first, and where it left our own code."""

    kind: str
    place: str


def fault(error: BaseException) -> Fault:
    """Return what may be told of an exception.

    The place is the innermost frame in a room; of the ground floor only where no room took part, for all rooms pass
    through the same few functions there.
    """
    kinds: list[str] = []
    frames: list[tuple[str, int, str]] = []
    each: BaseException | None = error
    while each is not None and len(kinds) < 5:
        codes = [getattr(each, name, None) for name in ("sqlstate", "constraint_name")]
        kinds.append(" ".join([type(each).__qualname__, *(code for code in codes if isinstance(code, str))]))
        frames += [
            (frame.f_code.co_filename, line, frame.f_code.co_name) for frame, line in walk_tb(each.__traceback__)
        ]
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    ours = [frame for frame in frames if frame[0].startswith(_OURS)]
    best = ([frame for frame in ours if not frame[0].startswith(_CORE)] or ours)[-1:]
    place = f"{Path(best[0][0]).relative_to(_ROOT)}:{best[0][1]} {best[0][2]}" if best else ""
    return Fault(" < ".join(dict.fromkeys(kinds))[:300], place[:200])


def failure(told: Fault | None, *, code: str, route: str, request_id: str, at: datetime) -> Failure:
    """Return a failure that was answered with a code; where nothing was raised, the code is all there is to tell."""
    told = told or Fault(code, "")
    return Failure(_fingerprint(told, code, route), told.kind, told.place, route, code, request_id, at)


def _fingerprint(told: Fault, code: str, route: str) -> str:
    """Return what failures have in common, 16 hexadecimal digits: not the line, which every deployment moves.

    Those that were raised nowhere, such as a deadline, are told apart by their route.
    """
    file, _, rest = told.place.partition(":")
    where = f"{file} {rest.partition(' ')[2]}" if told.place else route
    return sha256("\n".join((told.kind, where, code)).encode()).hexdigest()[:16]
