"""The caller's own appointments: found by the number that the call comes from, and by nothing else."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from app.bookings.asking.rules import Named, choose
from app.bookings.rules import reference
from app.calls.tools.errors import AppointmentUnclear, CallerHidden, NoAppointment
from app.calls.tools.rules.sentences import short
from app.calls.tools.rules.wishes import Earlier, is_name_of, names_code
from app.calls.tools.service.looking import named_service, time
from app.calls.tools.service.talk import Talk
from app.core.direct import fetch
from app.phrases.rules import read_time
from app.phrases.rules.spoken import spoken_list

MOST = 10
MOST_SAID = 4

# For whom it is has been noted by the call that booked it; notes of staff are not told.
_OWN = """
SELECT b.id, s.name, b.starts_at, b.service_id,
       CASE WHEN b.channel = 'voice' THEN substring(b.notes FROM '^For ([^.]{1,120})[.]') END AS whom,
       (SELECT min(r.name) FROM claims k
        JOIN resources r ON r.client_id = k.client_id AND r.id = k.resource_id AND r.kind = 'staff'
        WHERE k.client_id = b.client_id AND (k.booking_id = b.id OR k.session_id = b.session_id)) AS staff
FROM customers cu
JOIN bookings b ON b.client_id = cu.client_id AND b.customer_id = cu.id
JOIN services s ON s.client_id = b.client_id AND s.id = b.service_id
WHERE cu.client_id = $1 AND cu.phone = $2 AND b.status = 'confirmed' AND b.starts_at > $3
ORDER BY b.starts_at LIMIT $4
"""


@dataclass(frozen=True, slots=True)
class Own(Named):
    """An appointment of the caller's, by the name of its service; `apart` tells it from another that sounds so."""

    starts_at: datetime
    service_id: UUID
    whom: str | None = field(default=None, repr=False)
    staff: str | None = None
    apart: str = field(default="", repr=False)


async def own(talk: Talk) -> list[Own]:
    """Return what is to come, the next first.

    Raises:
        CallerHidden: it cannot be known whose they would be.
    """
    if talk.phone is None:
        raise CallerHidden
    mine = [Own(*row) for row in await fetch(talk.session, _OWN, talk.client.id, talk.phone, talk.now, MOST)]
    alike = Counter((each.name, each.starts_at) for each in mine)
    return [replace(each, apart=_apart(each)) if alike[each.name, each.starts_at] > 1 else each for each in mine]


def _apart(it: Own) -> str:
    """Return what tells an appointment from another of that service at that time."""
    if it.whom:
        return f" for {short(it.whom)}"
    return f" with {short(it.staff)}" if it.staff else f", reference {reference(it.id)}"


async def one_own(talk: Talk, words: str | None) -> Own:
    """Return the one appointment that is meant; the only one there is needs no word.

    Raises:
        CallerHidden, NoAppointment: there is none to be had.
        AppointmentUnclear: it has to be asked which.
    """
    mine = await own(talk)
    if not mine:
        raise NoAppointment
    if len(mine) == 1:
        return mine[0]
    found = matching(talk, mine, words)
    if len(found) == 1:
        return found[0]
    raise AppointmentUnclear(f"Which one do you mean: {said_of(talk, found or mine)}?")


def matching(talk: Talk, mine: list[Own], words: str | None) -> list[Own]:
    """Return the appointments that words can mean: by their time; by code, name, service and person among those."""
    if not words:
        return mine
    found = _at(talk, mine, words)
    for among in (_by_code, _by_name, _by_service, _by_person):
        found = among(found or mine, words) or found
    return found


def _by_code(mine: list[Own], words: str) -> list[Own]:
    return [each for each in mine if names_code(words, each.id)]


def _by_name(mine: list[Own], words: str) -> list[Own]:
    return [each for each in mine if each.whom and is_name_of(words, [each.whom])]


def _by_service(mine: list[Own], words: str) -> list[Own]:
    return list(choose(words, mine))


def _by_person(mine: list[Own], words: str) -> list[Own]:
    people = {each.id for each in choose(words, [Named(it.id, it.staff) for it in mine if it.staff], by_one_word=True)}
    return [each for each in mine if each.id in people]


def _at(talk: Talk, mine: list[Own], words: str | None) -> list[Own]:
    """Return the appointments at a time that the words name, if they name one."""
    zone = talk.client.timezone
    read = read_time(words or "", talk.now, zone, talk.client.region)
    spans = [(each.start, each.end) for each in read.readings]
    found = []
    for each in mine:
        local = each.starts_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        if any(start == local or (end is not None and start <= local < end) for start, end in spans):
            found.append(each)
    return found


async def is_named(talk: Talk, last: Earlier, words: str | None) -> bool:
    """Tell whether words name the appointment that was spoken of last; no words do."""
    if words is None or last.booked is None or last.answer.booking_id is None:
        return True
    mine, known = await own(talk), last.answer.booking_id
    if all(each.id != known for each in mine):
        service = await named_service(talk, last.booked.service_id)
        mine.append(Own(known, service.name, last.booked.starts_at, service.id))
    found = matching(talk, mine, words)
    moved = last.answer.code == "moved"  # and so is not where it was when it was named
    return any(each.id == known for each in found) or (not found and (moved or len(mine) == 1))


def said_of(talk: Talk, mine: list[Own], *, last: str = "or") -> str:
    """Return appointments as they are spoken, `last` before the last of them."""
    said = spoken_list([one_of(talk, each) for each in mine[:MOST_SAID]], last=last)
    return f"{said}, and {len(mine) - MOST_SAID} more" if len(mine) > MOST_SAID else said


def one_of(talk: Talk, it: Own) -> str:
    """Return an appointment as it is spoken."""
    return f"{short(it.name)} on {time(talk, it.starts_at)}{it.apart}"
