"""The dialogue as pure functions: (state, text) to (state, reply, action), then (state, outcome) to (state, reply).

- `keywords`: STOP, START, HELP and their relatives
- `state`: where a talk stands, what it may ask to be done, what came of that
- `hearing`: what a text means where the talk stands
- `answers`: yes, no and numbers, however they are written
- `wishes`: what a text asks for by itself
- `times`: which time, day or appointment it means
- `steps`: what a talk can do next
- `telling`: what is answered once something was done or looked up
- `wording`: every sentence that is sent
"""

from app.messages.dialogue.rules.hearing import hear
from app.messages.dialogue.rules.keywords import Keyword, keyword_of
from app.messages.dialogue.rules.state import (
    Appointment,
    Book,
    Cancel,
    HandOver,
    Look,
    Move,
    Outcome,
    Scene,
    Service,
    Stage,
    State,
    Turn,
)
from app.messages.dialogue.rules.telling import tell

__all__ = [
    "Appointment",
    "Book",
    "Cancel",
    "HandOver",
    "Keyword",
    "Look",
    "Move",
    "Outcome",
    "Scene",
    "Service",
    "Stage",
    "State",
    "Turn",
    "hear",
    "keyword_of",
    "tell",
]
