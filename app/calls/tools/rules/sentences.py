"""What is said aloud: one line, short, and a next step wherever something could not be done."""

from collections.abc import Mapping
from types import MappingProxyType

LONGEST = 299
"""Characters of an answer: what is longer is not listened to."""

LONGEST_NAME = 60

UNREADABLE: Mapping[str, str] = MappingProxyType(
    {
        "nothing_said": "When would you like to come?",
        "too_long": "Could you say just the day and the time?",
        "no_time_found": "I did not get the day. Could you say the day and the time?",
        "past": "That has already passed. Which day from now on would suit you?",
        "no_such_date": "There is no such date. Which day do you mean?",
        "no_such_time": "There is no such time of day. Which time do you mean?",
        "skipped_by_clock_change": "The clocks go forward then: there is no such time. Which other one suits you?",
        "weekday_and_date_disagree": "That weekday and that date do not go together. Which of the two do you mean?",
        "exclusion": "Which day would suit you, then?",
        "repeating": "I can book one appointment at a time. Which day should the first one be?",
        "too_far": "That is too far ahead. Which day within the next months would suit you?",
    }
)
"""By the reason why words could not be read as a time."""

REFUSED: Mapping[str, str] = MappingProxyType(
    {
        "past": "That time has passed.",
        "horizon": "That is further ahead than we take bookings.",
        "notice": "That is too soon for us.",
        "resource_cannot": "They do not do that.",
        "off_grid": "We have nothing at exactly that time.",
        "closed": "We are closed then.",
        "limit": "That day is full.",
        "capacity": "There are not enough places left then.",
        "held": "Somebody else is just taking that time.",
        "busy": "That time is taken.",
        "buffer": "That is too close to another appointment.",
        "slot_taken": "That time has just been taken.",
    }
)
"""By the reason why a start is not on offer."""

SAID: Mapping[str, str] = MappingProxyType(
    {
        "hold_expired": "I could not keep that time any longer. Which time shall I look for?",
        "cancel_window_passed": "It is too late to change that by phone. Shall I take a message?",
        "service_archived": "We do not offer that any more. What else can I do for you?",
        "service_not_found": "We do not offer that. What else can I do for you?",
        "resource_not_found": "I do not know them. Shall I look with anybody?",
        "invalid_phone": "That is no complete phone number. Could you say it again, digit by digit?",
        "transition_invalid": "That cannot be changed any more. Shall I take a message?",
        "booking_not_found": "I do not find that appointment. Shall I take a message?",
        "version_conflict": "That has just been changed. Shall I look again?",
    }
)
"""By the codes of other refusals."""

FAILED = "I cannot reach the calendar right now. Please try once more, or I can take a message for you."
TOO_LATE = "That takes longer than it should. Please try once more, or I can take a message for you."
UNKNOWN_TOOL = "There is no such tool. Use one of these: {}."
UNREADABLE_CALL = "That could not be read: {}. Call the tool again with an object of named words."
UNROUTED = "This number is not set up for appointments. Please call the business directly."
INACTIVE = "Appointments cannot be booked here at the moment. Please call the business directly."

_NO_OTHER = "Which other day would suit you?"


def one_line(said: str) -> str:
    """Return an answer as it is given: one line of at most 299 characters, cut at a word."""
    line = " ".join(said.split())
    if len(line) <= LONGEST:
        return line
    return line[: LONGEST - 3].rsplit(" ", 1)[0].rstrip(",;") + "..."


def short(name: str) -> str:
    """Return a name as it is spoken: what is longer than 60 characters is not said whole."""
    return name if len(name) <= LONGEST_NAME else name[:LONGEST_NAME].rsplit(" ", 1)[0]


def refused(code: str, others: str | None) -> str:
    """Return why a time cannot be had, and what can be; `others` are times as they are spoken."""
    why = REFUSED.get(code, "That time is not free.")
    return f"{why} I could offer {others}. Which one suits you?" if others else f"{why} {_NO_OTHER}"


def offered(others: str | None, *, elsewhere: bool) -> str:
    """Return what is free; `elsewhere`: there is nothing in the stretch that was asked for, and these come after it."""
    if not others:
        return f"I have nothing free then. {_NO_OTHER}"
    return (
        f"I have nothing free then; the next is {others}. Which one suits you?"
        if elsewhere
        else (f"I have {others}. Which one suits you?")
    )
