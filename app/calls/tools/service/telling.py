"""`business_info`, `take_message` and `transfer`: what needs no calendar."""

from collections.abc import Mapping, Sequence

from app.attention.rules import Kind
from app.attention.service import bring_up
from app.bookings.asking.rules import Named, choose
from app.bookings.asking.service import hours_of, services_of
from app.calls.tools.errors import MessageNeeded, Unclear
from app.calls.tools.rules.hours import spoken_hours
from app.calls.tools.rules.wishes import Answer, wish_of
from app.calls.tools.schemas import Ask, TakeMessage, Transfer
from app.calls.tools.service.talk import Talk
from app.clients.contact.service import terms_of
from app.core.ids import new_id
from app.core.phone import InvalidPhone, e164
from app.integrations.vapi.payloads import without_cards
from app.phrases.rules.spoken import spoken_list, spoken_price

MOST_TOLD = 6
HANDED_OVER = "I am putting you through. Should nobody answer, somebody will call you back."
NOBODY_THERE = "I cannot put you through right now. I have asked for somebody to call you back."

_TOPICS: Mapping[str, Sequence[str]] = {
    "hours": ("hours", "opening hours", "open", "closed", "when", "times"),
    "address": ("address", "where", "location", "directions", "place"),
    "services": ("services", "offer", "treatments", "what do you do"),
    "prices": ("prices", "price", "cost", "how much", "fees"),
}


async def business_info(talk: Talk, asked: Ask) -> Answer:
    """Say when it is open, where it is, what is offered, or what that costs."""
    topic = _topic(asked.topic)
    if topic == "hours":
        hours = await hours_of(talk.session, talk.client, now=talk.now)
        return Answer(spoken_hours(hours), "told")
    if topic == "address":
        terms = await terms_of(talk.session, talk.client.id)
        if terms.address is None:
            return Answer("I do not have the address. Shall I take a message?", "unknown", succeeded=False)
        return Answer(f"The address is {terms.address}.", "told")
    return await _services(talk, priced=topic == "prices")


def _topic(words: str | None) -> str:
    topics = [Named(new_id(), name) for names in _TOPICS.values() for name in names]
    found = {each.name for each in choose(words, topics)} if words else set()
    meant = [topic for topic, names in _TOPICS.items() if found.intersection(names)]
    if len(meant) != 1:
        raise Unclear("I can tell you the opening hours, the address, the services and the prices. Which one?", "topic")
    return meant[0]


async def _services(talk: Talk, *, priced: bool) -> Answer:
    services = await services_of(talk.session, talk.client)
    if not services:
        return Answer("Nothing can be booked here at the moment. Shall I take a message?", "unknown", succeeded=False)
    said = []
    for each in services[:MOST_TOLD]:
        price = None if each.price_minor is None else spoken_price(each.price_minor, talk.client.currency)
        said.append(f"{each.name}, {price or 'price on request'}" if priced else each.name)
    more = f" And {len(services) - MOST_TOLD} more." if len(services) > MOST_TOLD else ""
    listed = "; ".join(said) if priced else spoken_list(said, last="and")
    return Answer(f"We have {listed}.{more}", "told")


async def take_message(talk: Talk, asked: TakeMessage) -> Answer:
    """Put the caller's words before a person; the same words once. Numbers of payment cards are not kept."""
    if asked.message is None:
        raise MessageNeeded
    said = without_cards(asked.message if asked.name is None else f"{asked.name}: {asked.message}")
    wish = wish_of("message", said)
    again = talk.repeated(wish)
    if again is not None:
        return again
    phone = talk.phone or _spoken(talk, asked.phone)
    about = f"call:{talk.call_id}"
    await bring_up(
        *(talk.session, talk.client.id, Kind.message_taken, about),
        call_id=talk.call_id,
        phone=phone,
        said=said,
        now=talk.now,
    )
    back = "Somebody will get back to you." if phone else "I have no number to call you back on, though."
    return Answer(f"I have passed that on. {back}", "message_taken", wish=wish)


def _spoken(talk: Talk, phone: str | None) -> str | None:
    try:
        return None if phone is None else e164(phone, talk.client.region)
    except InvalidPhone:
        return None


async def transfer(talk: Talk, asked: Transfer) -> Answer:
    """Have a person take over, and put it before one in any case: a line may be busy, and a model may only say so."""
    terms = await terms_of(talk.session, talk.client.id)
    about = f"call:{talk.call_id}"
    reason = None if asked.reason is None else without_cards(asked.reason)
    await bring_up(
        *(talk.session, talk.client.id, Kind.hand_over, about),
        call_id=talk.call_id,
        phone=talk.phone,
        said=reason,
        now=talk.now,
    )
    if terms.hand_over_to is None:
        return Answer(NOBODY_THERE, "nobody_there", succeeded=False)
    return Answer(HANDED_OVER, "handed_over")
