"""What a caller means: which service, with whom, when. Whatever is not clear is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeGuard
from uuid import UUID
from zoneinfo import ZoneInfo

from app.bookings.asking.rules import Named, choose
from app.bookings.asking.schemas import Offered, Sought
from app.bookings.asking.service import Wish, look_for, services_of
from app.calls.tools.errors import (
    ChooseTime,
    NotOnOffer,
    ServiceUnclear,
    StaffUnclear,
    TimeAmbiguous,
    TimeUnclear,
    Unclear,
)
from app.calls.tools.rules import sentences
from app.calls.tools.service.talk import Talk
from app.core.direct import fetch
from app.core.errors import AppError
from app.phrases.rules.readings import Grain, Reading
from app.phrases.rules.spoken import spoken_clock, spoken_date, spoken_list, spoken_time, spoken_times
from app.schedule import service as schedule

MOST_NAMED = 5
ANYBODY = frozenset({"anyone", "anybody", "any", "whoever", "someone", "somebody", "no preference", "either"})

_STAFF = """
SELECT r.id, r.name, r.kind, sr.resource_id IS NOT NULL AS serves FROM resources r
LEFT JOIN service_resources sr ON sr.client_id = r.client_id AND sr.resource_id = r.id AND sr.service_id = $2
WHERE r.client_id = $1 AND r.status = 'active' ORDER BY r.name LIMIT 200
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A service, and with whom, as far as somebody was asked for."""

    service: Offered
    staff_id: UUID | None = None
    staff_name: str | None = None

    @property
    def title(self) -> str:
        """What it is called aloud."""
        name = sentences.short(self.service.name)
        return f"{name} with {sentences.short(self.staff_name)}" if self.staff_name else name


async def wanted(talk: Talk, service: str | None, staff: str | None) -> Wanted:
    """Return what is wanted.

    Raises:
        ServiceUnclear, StaffUnclear: nothing, or several things, can be meant.
    """
    return await _with(talk, await service_meant(talk, service), staff)


async def wanted_of(talk: Talk, service_id: UUID, staff: str | None = None) -> Wanted:
    """Return a service that is known by its id, and with whom.

    Raises:
        StaffUnclear: nobody, or several, can be meant.
        ServiceNotFound: the client has no such service.
    """
    return await _with(talk, await named_service(talk, service_id), staff)


def is_somebody(staff: str | None) -> TypeGuard[str]:
    """Tell whether words name a person, rather than nobody or anybody."""
    return staff is not None and staff.lower() not in ANYBODY


async def _with(talk: Talk, service: Offered, staff: str | None) -> Wanted:
    if not is_somebody(staff):
        return Wanted(service)
    rows = await fetch(talk.session, _STAFF, talk.client.id, service.id)
    serving = [Named(row["id"], row["name"]) for row in rows if row["serves"]]
    others = [Named(row["id"], row["name"]) for row in rows if not row["serves"]]
    person = _person(staff, serving, others)
    return Wanted(service, person.id, person.name)


async def service_meant(talk: Talk, words: str | None) -> Offered:
    """Return the service that is meant; the only one there is needs no word.

    Raises:
        ServiceUnclear: none, or several, can be meant.
    """
    services = await services_of(talk.session, talk.client)
    if not services:
        raise ServiceUnclear("Nothing can be booked here at the moment. Shall I take a message?", "no_services")
    found = choose(words, services, by_one_word=True)
    if len(found) == 1:
        return found[0]
    if words is None:
        raise ServiceUnclear(f"What is it for? {_there_is(services)}")
    if not found:
        raise ServiceUnclear(f"I do not know that one. {_there_is(services)}")
    raise ServiceUnclear(f"Do you mean {_names(found)}?")


async def named_service(talk: Talk, service_id: UUID) -> Offered:
    """Return a service by its id, one that is not offered any more, too.

    Raises:
        ServiceNotFound: the client has no such service.
    """
    plan = await schedule.load_plan(talk.session, talk.client, service_id, now=talk.now)
    minutes, capacity = plan.terms.duration // 60, plan.terms.capacity
    return Offered(service_id, sentences.short(plan.name), minutes, plan.price_minor, capacity)


def refusal_of(talk: Talk, error: AppError) -> str:
    """Return what is said of a refusal, with what can be had instead, where the error knows it."""
    near = [datetime.fromisoformat(each["startsAt"]) for each in error.extra.get("alternatives", ())]
    if error.code in sentences.REFUSED and not isinstance(error, Unclear | NotOnOffer):
        return sentences.refused(error.code, times(talk, near))
    return sentences.SAID.get(error.code, error.detail)


def _person(words: str, people: Sequence[Named], others: Sequence[Named]) -> Named:
    """Return who is meant; `others` do not do this, and that is for availability to say."""
    found = choose(words, people) or choose(words, others)
    if len(found) == 1:
        return found[0]
    if found:
        raise StaffUnclear(f"Do you mean {_names(found)}?")
    if not people:
        raise StaffUnclear("Nobody does that at the moment. Shall I take a message?", "resource_cannot")
    raise StaffUnclear(f"I do not know them. There is {_names(people)}; or shall I look with anybody?")


def _there_is(services: Sequence[Offered]) -> str:
    return f"We have {spoken_list([sentences.short(each.name) for each in services[:MOST_NAMED]])}."


def _names(things: Sequence[Named]) -> str:
    return spoken_list([sentences.short(each.name) for each in things[:MOST_NAMED]])


async def start_meant(talk: Talk, asked: Wanted, when: str | None, *, moving: UUID | None = None) -> datetime:
    """Return the one start that is meant, and is on offer. `moving` is a booking whose own time is not in the way.

    Raises:
        TimeUnclear, TimeAmbiguous, ChooseTime: it has to be asked which.
        NotOnOffer: it cannot be had; the sentence names what can.
    """
    if when is None:
        raise TimeUnclear(code="nothing_said")
    sought = await seek(talk, asked, when, moving=moving)
    if sought.ambiguous:
        raise TimeAmbiguous(which_of(talk, sought.readings))
    if sought.exact is not None:
        return sought.exact
    if sought.refused is not None:
        raise NotOnOffer(sentences.refused(sought.refused, times(talk, sought.starts)), sought.refused)
    raise ChooseTime(offered(talk, sought), "nothing_free" if sought.elsewhere or not sought.starts else None)


async def means(talk: Talk, asked: Wanted, when: str, start: datetime | None, *, moving: UUID | None = None) -> bool:
    """Tell whether words mean a start that was read back; words that are no time, such as "that one", do."""
    try:
        return await start_meant(talk, asked, when, moving=moving) == start
    except TimeUnclear:
        return True
    except (Unclear, NotOnOffer):
        return False


async def seek(talk: Talk, asked: Wanted, when: str | None, *, moving: UUID | None = None) -> Sought:
    """Return what was found for some words.

    Raises:
        TimeUnclear: they cannot be read as a time.
    """
    wish = Wish(asked.staff_id, moving)
    sought = await look_for(talk.session, talk.client, asked.service.id, when, wish, now=talk.now)
    if sought.reason is not None:
        reason = str(sought.reason)
        raise TimeUnclear(sentences.UNREADABLE.get(reason), reason)
    return sought


def offered(talk: Talk, sought: Sought) -> str:
    """Return what is on offer, as it is spoken; that there is nothing in the stretch that was asked for, too."""
    return sentences.offered(times(talk, sought.starts), elsewhere=sought.elsewhere)


def times(talk: Talk, starts: Sequence[datetime]) -> str | None:
    """Return starts as they are spoken, None where there are none."""
    return spoken_times(starts, talk.client.timezone, now=talk.now) if starts else None


def time(talk: Talk, start: datetime) -> str:
    """Return a start as it is spoken."""
    return spoken_time(start, talk.client.timezone, now=talk.now)


def which_of(talk: Talk, readings: Sequence[Reading]) -> str:
    """Return the question which of several readings is meant."""
    today = talk.now.astimezone(ZoneInfo(talk.client.timezone)).date()
    said = [
        spoken_date(each.start.date(), today=today)
        + (f" at {spoken_clock(each.start.time())}" if each.grain is Grain.MINUTE else "")
        for each in readings[:3]
    ]
    return f"Do you mean {spoken_list(list(dict.fromkeys(said)))}?"
