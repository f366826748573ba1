"""What a text asks for by itself, wherever the talk stands: a person, an answer, an appointment moved or called off."""

import re
from collections.abc import Callable
from dataclasses import replace

from app.bookings.asking.rules import choose
from app.messages.dialogue.rules import answers, steps, times, wording
from app.messages.dialogue.rules.state import IDLE, Aim, Scene, Service, Stage, State, Turn

MOST_CHOICES = 9

MOVE = re.compile(
    r"\b(move|moving|re-?sched\w*|rebook|change|changing|postpone|push|bring (it |that |my \w+ )?forward|swap|delay"
    r"|make it ([\w ]{1,12} )?(later|earlier|sooner))\b",
    re.I,
)
CANCEL = re.compile(
    r"\b(cancel(l?ing)?|cancle|cancell|cansel|no longer (need|want)|(don'?t|do not) (need|want) (it|(my|the|that) \w+)"
    r" any ?more|(remove|delete) (my|the) (booking|appointment|appt)|call(ing)? (it |that |my appointment )?off"
    r"|(can'?t|cannot|can ?not|won'?t( be able to)?|unable to|not able to|not going to be able to)"
    r" (come|make|attend|be there)( it)?|drop my|not coming)\b",
    re.I,
)
_LEAVES = re.compile(
    r"\b(don'?t|do not|never|not) ((want|wish|need|going|have) (to )?)?(cancel\w*|call (it |that )?off|move|change"
    r"|reschedule|book)( (it|that|this|anything|(my|the) \w+))?\b|\bkeep (it|that|(my|our|the) \w+)$"
)
"""What is not to be done."""
_ELSE = re.compile(
    r"\b(re-?book|book|(how|what) about|(can|could) (i |we |you )?(come|do|have|make( it)?|see|fit me in)|do you have"
    r"|are you free|(?<!this )(?<!it )(?<!number )(?<!name )(?<!ref )(?<!reference )is(?! for\b))\b",
    re.I,
)
"""What may stand between that they cannot come and when they can."""
_PERSON = re.compile(
    r"\b(human|(a|real|actual|live) person|agent|operator|reception(ist)?|(call|ring|phone) me|call( me)? back"
    r"|(speak|talk) (to|with)|emergency|complain(t|ing)?)\b"
)
_LATE = re.compile(
    r"\brunning .{0,20}late\b"
    r"|\b(running|be|being|i'?m|am|bit|little|mins?|minutes?|hours?) late\b|\brunning (behind|over)\b"
    r"|\bstuck in\b|\bon (my|the|our) way\b|\bdelayed\b"
)
_DETAILS = re.compile(r"\b(change|update|new|correct)\b.{0,12}\b(number|phone|address|name|e-?mail|surname|details)\b")
_WRONG = re.compile(r"\bwrong (number|person)\b|\bdon'?t know (you|who (you|this))")
_SEVERAL = re.compile(
    r"\bfor (two|three|four|five|six|\d) (people|persons|adults|kids|children|of us)\b|\b(me|myself|i) and (my|our) \w"
    r"|\b(my|our) \w+ and (me|i|myself)\b|\b(both|all|two|three|four|\d) of us\b|\bus both\b"
)
_WHY = re.compile(r"\bwhy\b.{0,40}\b(cancel|call|mov|chang|book)")
_DID_YOU = re.compile(r"\b(did|have|has) (you|u|somebody|someone|it|my \w+)\b.{0,20}\b(cancel|move|change|call)")
_MACHINE = re.compile(
    r"\bi'?m driving\b|\bauto(matic|mated)?[ -]?(reply|response)\b|\bout of (the )?office\b"
    r"|\bnot receiving notifications\b|\bwhile driving\b"
)
_TAPPED = re.compile(
    r"\s*(liked|loved|laughed at|emphasi[sz]ed|questioned|disliked|removed an? \w+ from|reacted \S{1,8} to) [\"\u201c]",
    re.I,
)
_FOR_A_PERSON = (
    *((_PERSON, "person_wanted"), (_LATE, "running_late"), (_WRONG, "wrong_number"), (_DETAILS, "other_details")),
    *((_WHY, "why_asked"), (_SEVERAL, "several_people")),
)
_MINE = re.compile(
    r"\b(when|what|which|show|list|check|confirm|remind|see|have|got|is|about|details)\b.{0,30}"
    r"\b(my|our) (\w+ )?(appointments?|appts?|bookings?)\b|\b(do|have) (i|we) (still )?(have |got )?(an |a |any )"
    r"(appointments?|appts?|bookings?)\b|\bam i (still )?(booked|coming|in|down)\b|\bwhen am i\b"
    r"|\bwhat (time|day|date) (am i|is it|was it)\b|\bwhat (have|did) i book\b|^my appointments?$"
)
_OF_CHANGES = re.compile(rf"{CANCEL.pattern}|{MOVE.pattern}|\bbook\b")
_WHERE = re.compile(
    r"\bwhere (are|r) (you|u|ya)\b|\bwhere'?s? (is )?(it|the|your)\b|\bwhere do (i|we)\b|\b(your|the) address\b"
    r"|\bdirections\b|\bhow do i (get|find)\b|\bpostcode\b|\bwhere (you|u) (are|at)\b"
)
_PRICE = re.compile(r"\bhow much(?! notice)\b|\bpric(e|es|ing)\b|\bcosts?\b|\bcharges?\b")
_PRICE_LIST = re.compile(r"\b(how much (is it|are (you|they)|do you charge|does it cost)|pric(es|ing)|price list)\b")
_OPEN = re.compile(
    r"\b(opening|business|office) (hours|times)\b|\b(your|the) hours\b|\b(are|do) (you|u) (open|close|shut)\b"
)
_WHO = re.compile(r"who (is|'?s|are) (this|that|you)|whos this|who dis")
_BOTH = re.compile(r"\b(both|all|every)\b")
_BOOK = re.compile(
    r"\b(book(ing)?|appointments?|appt|available|availability|free|slots?|openings?|come in|fit me in"
    r"|see (the|a|you))\b"
)
_NEEDS = re.compile(r"\b(need|want|like|after|(any|some)thing (free )?for)\b(?! to (?!have|get|book))")
_GREETS = re.compile(r"(hi|hello|hey|hiya|good (morning|afternoon|evening|day))( there| all| team| everyone)?")
_TO = re.compile(r"\s(?:to|till|until|onto|->)\s", re.I)


def before_all(state: State, text: str, scene: Scene) -> Turn | None:
    """Return what a text leads to before it is looked at as an answer; None if nothing."""
    said = answers.plain(text)
    if _MACHINE.search(said):
        return Turn(state)
    if _TAPPED.match(text):
        return Turn(state, None if state.stage in {Stage.idle, Stage.handed_over} else wording.again(state, scene))
    for asks, code in _FOR_A_PERSON:
        if asks.search(said):
            return steps.hand_over(state, code)
    if _DID_YOU.search(said) or (_MINE.search(said) and not _OF_CHANGES.search(said)):
        return Turn(replace(state, unclear=0), wording.yours(scene))
    return _informed(state, said, text, scene)


def _informed(state: State, said: str, text: str, scene: Scene) -> Turn | None:
    """Return the answer to a question about the client, where it is one; what we do not know, a person does."""
    asked: tuple[tuple[re.Pattern[str], str, Callable[[Scene, tuple[Service, ...]], str | None]], ...] = (
        (_WHERE, "where_asked", wording.where),
        (_PRICE, "price_asked", wording.prices),
        (_OPEN, "hours_asked", wording.hours),
    )
    for asks, code, told in asked:
        if not asks.search(said) or (asks is _OPEN and times.tells(text, scene)):
            continue
        named = choose(said, scene.services, by_one_word=True)
        if asks is _PRICE and not named:
            named = scene.services if _PRICE_LIST.search(said) else ()
        known = told(scene, named)
        return steps.hand_over(state, code) if known is None else Turn(replace(state, unclear=0), known)
    if _WHO.search(said):
        return Turn(replace(state, unclear=0), wording.who(scene))
    return None


def wished(state: State, text: str, scene: Scene) -> Turn | None:
    """Return what a text asks to be done, None if nothing."""
    said = answers.bare(text)
    if _LEAVES.search(said):
        said = text = _LEAVES.sub(" ", said)
        if not (MOVE.search(said) or CANCEL.search(said) or times.tells(said, scene)):
            return steps.leave(state, scene)
    if said == "c" or CANCEL.search(said):
        return _which(Aim.cancel, text, scene)
    if said == "m" or MOVE.search(said) or (scene.appointments and "instead" in said.split()):
        return _which(Aim.move, text, scene)
    if _GREETS.fullmatch(answers.plain(text)) and state.stage is not Stage.handed_over:
        return Turn(state, wording.who(scene) if state.stage is Stage.idle else wording.again(state, scene))
    if answers.picked(text, MOST_CHOICES) is not None and not _names(said, scene.services):
        return None  # an answer that comes after the talk was forgotten, and no time of the day
    return _booking(text, said, scene)


def _booking(text: str, said: str, scene: Scene) -> Turn | None:
    words = times.without_names(text, scene.services, scene)
    why = times.reason(words, scene)
    timed = times.tells(words, scene)
    if why == "repeating":
        return steps.hand_over(State(), "repeating")
    books = timed or bool(_BOOK.search(said))
    named = choose(answers.bare(text), scene.services, by_one_word=books or bool(_NEEDS.search(said)))
    partly = 0 < len(named) < len(scene.services)
    if not (books or partly or _names(said, named)):
        return None
    if not scene.services:
        return steps.hand_over(State(), "nothing_to_book")
    meant = named if partly else scene.services
    if len(meant) == 1:
        return steps.look(State(aim=Aim.book), meant[0].id, words if timed else None)
    shown = meant[:MOST_CHOICES]
    asked = State(Stage.service, Aim.book, choices=tuple(each.id for each in shown), words=words if timed else None)
    return Turn(asked, wording.which_service(shown))


def _names(said: str, services: tuple[Service, ...]) -> bool:
    """Return whether a word of their names was said, where without one they would be meant as well."""
    return any(word in said.split() for each in services for word in answers.plain(each.name).split())


def _which(aim: Aim, text: str, scene: Scene) -> Turn:
    """Return what is asked, or done, about the appointment that is meant."""
    about, words = _parted(aim, text, scene)
    instead = _instead(text, scene) if aim is Aim.cancel else None
    if instead is not None:
        aim, (about, words) = Aim.move, instead
    if not scene.appointments:
        return Turn(IDLE, f"{wording.NO_APPOINTMENT} {wording.welcome(scene)}")
    if len(scene.appointments) > 1 and _BOTH.search(answers.plain(text)):
        return steps.hand_over(IDLE, "several_appointments")
    found = times.meant(about, scene.appointments, scene)[:MOST_CHOICES]
    if len(found) == 1:
        return steps.about(IDLE, aim, found[0], words, scene)
    asked = State(Stage.appointment, aim, choices=tuple(each.id for each in found), words=words)
    return Turn(asked, wording.which_appointment(scene, found))


def _instead(text: str, scene: Scene) -> tuple[str, str | None] | None:
    """Return the same of a text that calls off and says when they can come: `can't make it, is friday ok?`."""
    off = CANCEL.search(text)
    before, after = (text[: off.end()], text[off.end() :]) if off else (text, "")
    asked = _ELSE.search(after)
    if asked is not None and times.tells(after[asked.end() :], scene):
        return before + after[: asked.start()], after[asked.end() :]
    return (text, None) if "instead" in answers.plain(after).split() else None


def _parted(aim: Aim, text: str, scene: Scene) -> tuple[str, str | None]:
    """Return which words say what is to be moved or called off, and which say to when, if any do."""
    verb = (CANCEL if aim is Aim.cancel else MOVE).search(text)
    rest = f"{text[: verb.start()]} {text[verb.end() :]}" if verb else text
    rest = times.without_names(rest, scene.services, scene) if aim is Aim.move else rest
    if aim is Aim.cancel:
        return rest, None
    parts = _TO.split(rest)
    if len(parts) > 1 and times.tells(parts[-1], scene):
        return " ".join(parts[:-1]), parts[-1]
    theirs = times.among(rest, [each.starts_at for each in scene.appointments], scene)
    return rest, rest if times.tells(rest, scene) and not theirs else None
