"""Bad days on demand: by a header of the request, or ordered beforehand for the requests that follow."""

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

HEADER = "sandbox-fault"
MOST_ORDERED = 10_000

OF_ANY_REQUEST: Mapping[str, str] = MappingProxyType(
    {
        "cut": "the connection breaks, and nothing was done",
        "slow": "the answer takes two seconds",
        "400 to 599": "this status; 429 with Retry-After",
    }
)
OF_WHAT_IS_MADE: Mapping[str, str] = MappingProxyType(
    {
        "unanswered": "done, and never answered",
        "cut-after": "done, and the connection breaks before the answer",
        "500-after": "done, and answered 500",
        "early": "webhooks arrive before the answer",
        "repeat": "every webhook comes twice",
        "disorder": "webhooks come in the wrong order",
        "lost": "no webhook comes",
        "still": "it stays as it was made; `/_sandbox` moves it on",
        "20000 to 29999": "Twilio refuses with this code, such as 21610",
        "30000 to 39999": "Twilio takes it, and it is not delivered with this code",
        "no-answer": "whom Vapi calls does not answer",
        "busy": "whom Vapi calls is busy",
        "voicemail": "a machine answers whom Vapi calls",
    }
)
APIS = ("twilio", "vapi", "mail")
_NUMBERED = re.compile(r"[45]\d\d|[23]\d{4}")


class FaultUnknown(ValueError):
    """No fault of that name; the message lists those that are known."""

    def __init__(self) -> None:
        super().__init__(f"no such fault; known: {', '.join([*OF_ANY_REQUEST, *OF_WHAT_IS_MADE])}")


Wishes = frozenset[str]
"""The faults of one request, by name."""


@dataclass(frozen=True, slots=True)
class _Ordered:
    wishes: Wishes
    api: str | None


def read(text: str) -> Wishes:
    """Return the faults that a text names, separated by commas.

    Raises:
        FaultUnknown: one of them is none.
    """
    wishes = frozenset(name.strip() for name in text.split(",") if name.strip())
    for name in wishes:
        if name not in OF_ANY_REQUEST and name not in OF_WHAT_IS_MADE and not _NUMBERED.fullmatch(name):
            raise FaultUnknown
    return wishes


def status_of(wishes: Wishes) -> int | None:
    """Return the HTTP status that is wished for, if any."""
    return next((int(name) for name in wishes if re.fullmatch(r"[45]\d\d", name)), None)


def code_of(wishes: Wishes) -> int | None:
    """Return the code of Twilio that is wished for, if any."""
    return next((int(name) for name in wishes if re.fullmatch(r"[23]\d{4}", name)), None)


class Faults:
    """What was ordered for requests to come, taken in that order."""

    def __init__(self) -> None:
        self._ordered: deque[_Ordered] = deque(maxlen=MOST_ORDERED)

    def next(self, text: str, count: int = 1, *, api: str | None = None) -> None:
        """Order faults for so many of the next requests, of one API or of any.

        Those of what is made wait for a request that makes something.

        Raises:
            FaultUnknown: the text names what is none.
        """
        self._ordered.extend([_Ordered(read(text), api)] * min(count, MOST_ORDERED))

    def take(self, api: str, *, making: bool) -> Wishes:
        """Return the faults of the request at hand, which are then done with."""
        for position, ordered in enumerate(self._ordered):
            if ordered.api in (None, api):
                if not making and not _fits_any(ordered.wishes):
                    continue
                del self._ordered[position]
                return ordered.wishes
        return frozenset()

    def clear(self) -> None:
        """Forget what was ordered."""
        self._ordered.clear()

    def __len__(self) -> int:
        return len(self._ordered)


def _fits_any(wishes: Wishes) -> bool:
    return all(name in OF_ANY_REQUEST or len(name) == 3 for name in wishes)
