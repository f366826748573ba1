"""How Vapi fails us, and how what comes from it can be unusable. None of these texts holds a key or personal data."""

from collections.abc import Sequence
from typing import ClassVar

from app.core.errors import AppError


class VapiKeyRefused(AppError):
    """Vapi does not know the key, or does not let it."""

    status, detail = 503, "Vapi refuses the key in VAPI_API_KEY: take the private key under Organization, API Keys."


class VapiLacksIt(AppError):
    """Vapi has nothing of that id, or it was deleted there."""

    status, detail = 404, "Vapi has nothing of that id: provision the client's voice again."


class VapiRefused(AppError):
    """Vapi has understood and will not; the same again will not help."""

    status, detail = 409, "Vapi refuses that."


class VapiBusy(AppError):
    """Vapi takes no more for now, and has done nothing; `seconds` is how long it wants us to wait."""

    status, detail = 503, "Vapi takes no more for now: try again in a minute."

    def __init__(self, seconds: int = 60) -> None:
        super().__init__(f"Vapi takes no more for now: try again in {seconds} s.")
        self.seconds = seconds


class VapiUnreachable(AppError):
    """Nobody answers, or only with a fault of Vapi's own; asking again does no harm."""

    status, detail = 503, "Vapi's API does not answer: see https://status.vapi.ai, and try again."


class VapiOutcomeUnknown(AppError):
    """An order got no answer, or a fault for one: it may have been obeyed. It is not given twice."""

    status, detail = 503, "Vapi did not say whether it has done that: look before you try again."


class VapiUnintelligible(AppError):
    """An answer that is not what the API is documented to answer."""

    status, detail = 503, "Vapi's API answered what this version does not understand: look at Vapi's dashboard."


class SignatureInvalid(AppError):
    """A webhook is not proven to be Vapi's; the answer does not say which part failed.

    `reason` does, for the operator's eyes: `no_secret`, `missing`, `stale` or `mismatch`.
    """

    status, detail = 401, "This request is not proven to come from Vapi."

    def __init__(self, reason: str = "mismatch") -> None:
        super().__init__()
        self.reason = reason


class Unreadable(AppError):
    """The body of a webhook is no message of Vapi's; `code` says in what way."""

    status, detail = 400, "The body is no message of Vapi's."
    ways: ClassVar[dict[str, str]] = {
        "not_json": "The body is not JSON.",
        "too_large": "The body is larger than any message of Vapi's should be.",
        "too_deep": "The body is nested too deeply.",
        "not_an_object": "The body is not a JSON object with an object `message`.",
        "no_type": "The message does not say of what type it is.",
        "too_many_tool_calls": "The message asks for more tool calls than can be answered one by one.",
    }

    def __init__(self, code: str = "not_json") -> None:
        super().__init__(self.ways[code])
        self.code = code

    @classmethod
    def examples(cls) -> Sequence[AppError]:
        """Return one error for each way."""
        return [cls(code) for code in cls.ways]


UNSENT: tuple[type[AppError], ...] = (VapiBusy, VapiUnreachable, VapiRefused, VapiKeyRefused, VapiLacksIt)
"""These, raised by an order, prove that nothing was done (`jobs.once.send_once`); `VapiOutcomeUnknown` does not."""
