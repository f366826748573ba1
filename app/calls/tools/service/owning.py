"""The caller's own appointments: found by the number that the call comes from, and by nothing else."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from app.bookings.asking.rules import Named, choose
from app.calls.tools.errors import AppointmentUnclear, CallerHidden, NoAppointment
from app.calls.tools.rules.sentences import short
from app.calls.tools.rules.wishes import Earlier
from app.calls.tools.service.looking import named_service, time
from app.calls.tools.service.talk import Talk
from app.core.direct import fetch
from app.phrases.rules import read_time
from app.phrases.rules.spoken import spoken_list

MOST = 10
MOST_SAID = 4

_OWN = """
SELECT b.id, s.name, b.starts_at, b.service_id FROM customers cu
JOIN bookings b ON b.client_id = cu.client_id AND b.customer_id = cu.id
JOIN services s ON s.client_id = b.client_id AND s.id = b.service_id
WHERE cu.client_id = $1 AND cu.phone = $2 AND b.status = 'confirmed' AND b.starts_at > $3
ORDER BY b.starts_at LIMIT $4
"""


@dataclass(frozen=True, slots=True)
class Own(Named):
    """An appointment of the caller's, by the name of its service."""

    starts_at: datetime
    service_id: UUID


async def own(talk: Talk) -> list[Own]:
    """Return what is to come, the next first.

    Raises:
        CallerHidden: it cannot be known whose they would be.
    """
    if talk.phone is None:
        raise CallerHidden
    return [Own(*row) for row in await fetch(talk.session, _OWN, talk.client.id, talk.phone, talk.now, MOST)]


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
    """Return the appointments that words can mean: by their time, else by the name of their service."""
    return _at(talk, mine, words) or list(choose(words, mine))


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
    service = await named_service(talk, last.booked.service_id)
    it = Own(last.answer.booking_id, service.name, last.booked.starts_at, service.id)
    return bool(matching(talk, [it], words))


def said_of(talk: Talk, mine: list[Own], *, last: str = "or") -> str:
    """Return appointments as they are spoken, `last` before the last of them."""
    said = spoken_list([f"{short(each.name)} on {time(talk, each.starts_at)}" for each in mine[:MOST_SAID]], last=last)
    return f"{said}, and {len(mine) - MOST_SAID} more" if len(mine) > MOST_SAID else said
