"""Bounds: what comes out can be stored in PostgreSQL and is never longer than it says."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from app.core.clock import in_utc

CUT = " [cut]"
"""Stands where the rest of a text was cut off."""
LONGEST_IDENTIFIER = 200
LONGEST_KEY = 100
LARGEST_INTEGER = 2**63
LARGEST_COST = Decimal(100_000)
MARGIN = 100
"""So much more of a text is looked at than is kept, so that no card number is cut in two before it is seen."""
_SURROGATES = re.compile("[\ud800-\udfff]")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_NOBODY = {"+266696687", "+86282452253", "+7378742833", "+2562533", "+8656696"}
"""ANONYMOUS, UNAVAILABLE, RESTRICTED, BLOCKED, UNKNOWN on a telephone's keys: so carriers send a hidden number."""
_MILLISECONDS_ABOVE = 100_000_000_000


def text(value: object, longest: int) -> str | None:
    """Return a text of at most so many characters, without NUL (which PostgreSQL cannot store), or None."""
    if not isinstance(value, str):
        return None
    clean = _SURROGATES.sub("\ufffd", value.replace("\x00", ""))
    return clean if len(clean) <= longest else clean[: longest - len(CUT)] + CUT


def identifier(value: object) -> str | None:
    """Return an id exactly as it came, or None where it is none: empty, too long, or with what is not printable."""
    if isinstance(value, str) and 0 < len(value) <= LONGEST_IDENTIFIER and value.isprintable():
        return value
    return None


def phone(value: object) -> str | None:
    """Return a number that looks like E.164, or None: an anonymous caller, a word, a SIP address."""
    return value if isinstance(value, str) and _PHONE.fullmatch(value) and value not in _NOBODY else None


def number(value: object) -> float | None:
    """Return a finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def cost(value: object) -> Decimal | None:
    """Return an amount of US dollars, with six decimals at most, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = Decimal(str(value)[:50])
        return amount.quantize(Decimal("0.000001")) if 0 <= amount <= LARGEST_COST else None
    except (InvalidOperation, ValueError):
        return None


def instant(value: object) -> datetime | None:
    """Return an instant between 2000 and 2100, from ISO 8601 (in UTC unless it says otherwise) or seconds or ms."""
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value[:50])
            return in_utc(found if found.tzinfo else found.replace(tzinfo=UTC))
        seconds = number(value)
        if seconds is None:
            return None
        return in_utc(datetime.fromtimestamp(seconds / 1000 if seconds > _MILLISECONDS_ABOVE else seconds, UTC))
    except (ValueError, OverflowError, OSError):
        return None


def address(value: object) -> str | None:
    """Return an https address, or None."""
    fits = isinstance(value, str) and value.startswith("https://") and len(value) <= 2_000
    return value if fits and isinstance(value, str) and value.isprintable() and " " not in value else None


def _as_it_is(said: str) -> str:
    return said


def _shown(_key: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Cleaner:
    """Cuts any JSON value to bounds.

    `change` is applied to each text and whole number, and what stands under a `hidden` key is left out.
    """

    longest: int
    most: int
    deepest: int
    change: Callable[[str], str] = _as_it_is
    hidden: Callable[[str], bool] = _shown
    in_place: str = "[hidden]"

    def clean(self, value: object, depth: int = 0) -> object:
        """Return the value within bounds; what lies too deep is marked as cut."""
        if isinstance(value, str):
            return text(self.change(value[: self.longest + MARGIN]), self.longest)
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int | float):
            return self._number(value)
        if depth >= self.deepest:
            return CUT.strip()
        if isinstance(value, dict):
            return self.members(value, depth)
        if isinstance(value, list):
            return [self.clean(each, depth + 1) for each in value[: self.most]]
        return None

    def members(self, value: dict[str, object], depth: int = 0) -> dict[str, object]:
        """Return an object within bounds."""
        found: dict[str, object] = {}
        for key, each in list(value.items())[: self.most]:
            name = text(key, LONGEST_KEY) or ""
            found[name] = self.in_place if each is not None and self.hidden(name) else self.clean(each, depth + 1)
        return found

    def _number(self, value: float) -> object:
        if isinstance(value, float):
            return number(value)
        if abs(value) >= LARGEST_INTEGER:
            return None
        changed = self.change(str(value))
        return value if changed == str(value) else changed
