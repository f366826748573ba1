"""What may be stored or logged of a payload: no secrets, and no numbers of payment cards."""

import re

from app.integrations.vapi.payloads.cleaning import Cleaner

_SECRET = re.compile(
    r"(token|secret|password|passphrase|api[-_]?key|private[-_]?key|secret[-_]?key|authorization|credentials"
    r"|listenurl|controlurl|webcallurl)$",
    re.IGNORECASE,
)
"""Ends of names. Whoever knows the last three addresses hears a call, or speaks in it."""
_HEADERS = re.compile(r"^(x-)?(vapi-)?(secret|api-key|authorization|cookie|set-cookie)", re.IGNORECASE)

_SEPARATOR = r"[ ,.\u00a0\u202f\u2010-\u2015-]"
_RUN = re.compile(rf"(?<!\d)\d(?:{_SEPARATOR}{{0,2}}\d){{12,}}", re.ASCII)
_GROUP = re.compile(r"\d+", re.ASCII)
_SHORTEST_CARD, _LONGEST_CARD = 13, 19
_NEVER_FIRST = frozenset("017")
"""ISO/IEC 7812: no payment card begins so; milliseconds since 1970 and national phone numbers do."""
_DOUBLED = tuple(sum(divmod(2 * digit, 10)) for digit in range(10))


def redacted(value: object) -> object:
    """Return a JSON value as it may be stored: within bounds, without secrets by the names of their keys, or cards."""
    return _STORED.clean(value)


def without_cards(said: str) -> str:
    """Return a text in which numbers that can be a payment card's (13 to 19 digits, Luhn) show their last four only."""
    if said.startswith(("https://", "wss://")) and " " not in said:
        return said
    return _RUN.sub(lambda run: _masked(run.group()), said)


def _masked(run: str) -> str:
    """Return a run of groups of digits with every card in it masked; a card begins and ends with a group."""
    groups = [(found.start(), found.end()) for found in _GROUP.finditer(run)]
    ends = _Sums(run, groups)
    pieces, shown, first = [], 0, 0
    while first < len(groups):
        last = ends.card_from(first)
        if last is None:
            first += 1
            continue
        begin, end = groups[first][0], groups[last][1]
        pieces += [run[shown:begin], "[card ", "".join(_GROUP.findall(run[begin:end]))[-4:], "]"]
        shown, first = end, last + 1
    return "".join([*pieces, run[shown:]])


class _Sums:
    """Luhn sums of a run of digits, so that any stretch of it is checked in one step."""

    def __init__(self, run: str, groups: list[tuple[int, int]]) -> None:
        self._digits = "".join(run[begin:end] for begin, end in groups)
        self._bounds = [0]
        for begin, end in groups:
            self._bounds.append(self._bounds[-1] + end - begin)
        even, odd = [0], [0]
        for place, character in enumerate(self._digits):
            digit = int(character)
            even.append(even[-1] + (digit if place % 2 == 0 else _DOUBLED[digit]))
            odd.append(odd[-1] + (digit if place % 2 else _DOUBLED[digit]))
        self._plain_at = (even, odd)

    def card_from(self, first: int) -> int | None:
        """Return the last group of the longest card that begins with a group."""
        begin = self._bounds[first]
        if self._digits[begin] in _NEVER_FIRST:
            return None
        found, last = None, first
        while last < len(self._bounds) - 1 and (length := self._bounds[last + 1] - begin) <= _LONGEST_CARD:
            end = begin + length
            sums = self._plain_at[(end - 1) % 2]
            if length >= _SHORTEST_CARD and (sums[end] - sums[begin]) % 10 == 0:
                found = last
            last += 1
        return found


def _is_secret(key: str) -> bool:
    return bool(_SECRET.search(key) or _HEADERS.match(key))


_STORED = Cleaner(longest=200_000, most=2_000, deepest=24, change=without_cards, hidden=_is_secret)
