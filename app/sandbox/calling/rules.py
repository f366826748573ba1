"""What an assistant's model would do, as a few rules: which tool for what was said, with which words.

It knows what a model would know from the prompt: the services' names. Times it leaves to the service.
"""

import re
from dataclasses import dataclass, field, replace
from typing import Any

_YES = re.compile(r"(yes|yeah|yep|yup|sure|please do|ok(ay)?|correct|right|go ahead|that works|perfect)\b", re.I)
_NO = re.compile(r"(no|nope|not that)\b", re.I)
_BYE = re.compile(r"\b(bye|goodbye|hang up|that's all|that is all|nothing else)\b", re.I)
_CHOICES = {"1": 0, "one": 0, "first": 0, "2": 1, "two": 1, "second": 1, "3": 2, "three": 2, "third": 2}
_CHOICE = re.compile(r"(?:the |number |option )*(\d|one|two|three|first|second|third)(?: one)?[.!]?", re.I)
_PHONE = re.compile(r"(?:(?:it'?s|it is|my (?:phone )?number is|you can reach me on) )?(\+?[\d\s()-]{7,20})[.!]?", re.I)
_MINE = re.compile(
    r"\bmy (?:appointment|booking)s?\b|\bwhen am i\b"
    r"|\b(?:have|did) i (?:got |have )?(?:book|an appointment)|\bdo i have an"
)
_NAME = re.compile(r"\b(?:my name is|this is|i am called) ([\w' -]{2,60})", re.I)
_ASKS_FOR_YES = re.compile(r"\bShall I(?: (?!take|look)[^?]*)?\?|\bIs that (?:right|correct)\?", re.I)
_TOPICS = {
    "hours": re.compile(r"\b(open|opening|hours|close|closing)\b", re.I),
    "address": re.compile(r"\b(address|where are you|located)\b", re.I),
    "prices": re.compile(r"\b(price|prices|cost|how much)\b", re.I),
    "services": re.compile(r"\b(services|what do you (do|offer))\b", re.I),
}
_FILLERS = (
    *("i'd", "i'm", "i", "would", "like", "want", "need", "to", "a", "an", "the", "book", "have", "get", "make"),
    *("appointment", "please", "for", "hello", "hi", "can", "could", "me", "it", "with", "do you", "you", "my", "is"),
    *("what's", "what", "when", "any", "anything", "there", "available", "free", "slots?", "change", "move", "cancel"),
    "reschedule",
)
_EMPTY = re.compile(rf"\b({'|'.join(_FILLERS)})\b|[^\w\s:.'-]", re.I)


@dataclass(frozen=True, slots=True)
class Act:
    """What the assistant does next: use a tool, or say something by itself, or hang up."""

    tool: str | None = None
    arguments: dict[str, Any] = field(default_factory=dict)
    says: str | None = None
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Mind:
    """What is kept in mind of a conversation."""

    services: tuple[str, ...] = ()
    service: str | None = None
    when: str | None = None
    name: str | None = None
    phone: str | None = None
    offered: tuple[str, ...] = ()
    """Times that were named, to be chosen by number."""
    appointments: tuple[str, ...] = ()
    """Or appointments, of which one was asked for by `asked`."""
    asked: Act | None = None
    """What a yes would do, or the choice of an appointment."""
    last: Act | None = None
    """What was done last: it is done again with what was missing."""


def understand(mind: Mind, said: str) -> tuple[Mind, Act]:
    """Return what the assistant does about what a caller says."""
    named = _NAME.search(said)
    if named:
        mind = replace(mind, name=named[1].strip())
    for attempt in (_ending, _answer_to_question, _choice, _number, _other_wish):
        found = attempt(mind, said)
        if found is not None:
            return found
    return _search(mind, _NAME.sub(" ", said))


def _ending(mind: Mind, said: str) -> tuple[Mind, Act] | None:
    return (mind, Act(says="Thank you for calling. Goodbye.", ends=True)) if _BYE.search(said) else None


def _answer_to_question(mind: Mind, said: str) -> tuple[Mind, Act] | None:
    if _YES.match(said.strip()) and mind.appointments and not _without_filler(_YES.sub(" ", said)):
        return mind, Act(says="Which one, please? Say the first or the second, or what it is for.")
    if _YES.match(said.strip()) and not mind.appointments:
        if mind.asked is not None:
            return replace(mind, asked=None), mind.asked
        return None if _without_filler(_YES.sub(" ", said)) else (mind, Act(says="What can I do for you?"))
    if _NO.match(said.strip()) and not _without_filler(_NO.sub(" ", said)):
        about_a_time = mind.asked is None or mind.asked.tool == "book_appointment"
        says = "Which day would suit you, then?" if about_a_time else "All right, it stays as it is. Anything else?"
        return replace(mind, asked=None, appointments=(), when=None), Act(says=says)
    return None


def _choice(mind: Mind, said: str) -> tuple[Mind, Act] | None:
    chosen = _CHOICE.fullmatch(said.strip())
    among = mind.appointments or mind.offered
    position = _CHOICES.get(chosen[1].lower(), len(among)) if chosen else len(among)
    if position >= len(among):
        return None
    if mind.appointments and mind.asked is not None:
        arguments = {**mind.asked.arguments, "appointment": among[position]}
        return replace(mind, appointments=(), asked=None), Act(mind.asked.tool, arguments)
    mind = replace(mind, when=among[position])
    return mind, _hold(mind)


def _number(mind: Mind, said: str) -> tuple[Mind, Act] | None:
    number = _PHONE.fullmatch(said.strip())
    if mind.last is None or number is None:
        return None
    phone = number[1].strip()
    return replace(mind, phone=phone), replace(mind.last, arguments={**mind.last.arguments, "phone": phone})


def _other_wish(mind: Mind, said: str) -> tuple[Mind, Act] | None:
    """Return what is done for anybody who does not want a new appointment, or not yet."""
    low = said.lower()
    rest = _without_filler(said) or None
    if _MINE.search(low) and not re.search(r"\b(cancel|move|change)", low):
        return mind, Act("my_appointments")
    which = _service_in(mind, said)
    if "cancel" in low:
        return mind, Act("cancel_appointment", _present(appointment=which))
    if re.search(r"\b(move|reschedule|change)\b", low):
        when = re.sub(r"^.*?\bto\b", "", said, flags=re.I).strip(" .?!") if re.search(r"\bto\b", low) else rest
        return mind, Act("reschedule_appointment", _present(appointment=which, when=when))
    if re.search(r"\b(a person|a human|somebody|speak to|talk to)\b", low):
        return mind, Act("transfer", {"reason": said})
    if re.search(r"\b(message|tell them|call me back)\b", low):
        return mind, Act("take_message", _present(message=said, name=mind.name))
    topic = next((topic for topic, pattern in _TOPICS.items() if pattern.search(said)), None)
    return (mind, Act("business_info", {"topic": topic})) if topic else None


def _search(mind: Mind, said: str) -> tuple[Mind, Act]:
    """Return a search: what is not the name of a service is taken for a time."""
    service = _service_in(mind, said)
    rest = _without_filler(_spelling(service).sub(" ", said) if service else said)
    mind = replace(mind, service=service or mind.service, when=rest or mind.when, asked=None)
    return mind, Act("find_slots", _present(service=mind.service, when=mind.when))


def _service_in(mind: Mind, said: str) -> str | None:
    return next((name for name in mind.services if _spelling(name).search(said)), None)


def heard(mind: Mind, act: Act, answer: str) -> Mind:
    """Return what is kept in mind after a tool has answered: what is on offer, and what a yes would do."""
    mind = replace(mind, offered=offered(answer), appointments=_appointments(answer), asked=None, last=act)
    if mind.appointments:
        return replace(mind, asked=act)
    if not _ASKS_FOR_YES.search(answer):
        return mind
    if act.tool == "find_slots":
        return replace(mind, asked=_hold(mind))
    return replace(mind, asked=Act(act.tool, {**act.arguments, "confirm": True}))


def offered(answer: str) -> tuple[str, ...]:
    """Return the times that a sentence offers one by one, each with its day: what a caller may choose by number."""
    offer = re.search(r"\bI (?:have|could offer) (.*?)(?:\.|$)", answer)
    day = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day the \w+ of \w+(?: \d{4})?|today|tomorrow"
    found = []
    for date, clocks in re.findall(rf"\b({day}) at (.*?)(?=,? or (?:{day}) at|$)", offer[1] if offer else "", re.I):
        found += [f"{date} at {clock.strip()}" for clock in re.split(r", | or ", clocks) if clock.strip()]
    return tuple(found)


def _appointments(answer: str) -> tuple[str, ...]:
    """Return the appointments of which it is asked which one is meant."""
    which = re.search(r"\bWhich one do you mean: (.*)\?", answer)
    return tuple(re.split(r", | or ", which[1])) if which else ()


def _hold(mind: Mind) -> Act:
    return Act("book_appointment", _present(service=mind.service, when=mind.when, name=mind.name, phone=mind.phone))


def _present(**words: str | None) -> dict[str, Any]:
    return {name: value for name, value in words.items() if value}


def _without_filler(said: str) -> str:
    return " ".join(_EMPTY.sub(" ", said).split()).strip(" .-'")


def _spelling(name: str) -> re.Pattern[str]:
    """Return what finds a name however its words are joined: `Check-up`, `check up`, `checkup`."""
    return re.compile(r"\b" + r"[\s-]*".join(re.escape(part) for part in re.split(r"[\s-]+", name)) + r"s?\b", re.I)
