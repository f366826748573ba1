"""How Vapi fails us, and how what comes from it can be unusable. None of these texts holds a key or personal data."""

from collections.abc import Sequence
from typing import ClassVar

from app.core.errors import AppError


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
