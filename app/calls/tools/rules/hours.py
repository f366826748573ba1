"""Opening hours as people say them: days that are alike together."""

from collections.abc import Mapping, Sequence
from datetime import time

from app.phrases.rules.spoken import spoken_clock, spoken_list

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NOON, _WHOLE_DAY = 720, 1_440
_MORNING, _EVENING = " in the morning", " in the evening"


def spoken_hours(opening: Mapping[int, Sequence[tuple[int, int]]]) -> str:
    """Return weekly hours aloud: `We are open Monday to Friday from nine to five; closed Saturday and Sunday.`"""
    runs = _runs([tuple(opening.get(day, ())) for day in range(1, 8)])
    said = [f"{_days(first, last)} {_windows(windows)}" for first, last, windows in runs if windows]
    if not said:
        return "We have no fixed opening hours. Shall I look for a time?"
    shut = [_days(first, last) for first, last, windows in runs if not windows]
    closed = f"; closed {spoken_list(shut, last='and')}" if shut else ""
    return f"We are open {'; '.join(said)}{closed}."


def _runs(week: Sequence[tuple[tuple[int, int], ...]]) -> list[tuple[int, int, tuple[tuple[int, int], ...]]]:
    """Return runs of days with the same windows: first day, last day, windows."""
    runs: list[tuple[int, int, tuple[tuple[int, int], ...]]] = []
    for day, windows in enumerate(week):
        if runs and runs[-1][2] == windows:
            runs[-1] = (runs[-1][0], day, windows)
        else:
            runs.append((day, day, windows))
    return runs


def _days(first: int, last: int) -> str:
    if (first, last) == (0, 6):
        return "every day"
    if first == last:
        return _DAYS[first]
    return f"{_DAYS[first]} {'and' if last == first + 1 else 'to'} {_DAYS[last]}"


def _windows(windows: Sequence[tuple[int, int]]) -> str:
    if list(windows) == [(0, _WHOLE_DAY)]:
        return "around the clock"
    return spoken_list([f"from {_window(start, end)}" for start, end in windows], last="and")


def _window(start: int, end: int) -> str:
    """Return `nine to five`, `six to eight in the evening`, `eight in the morning to eight in the evening`."""
    opens, closes = _clock(start), _clock(end)
    if closes.endswith(_EVENING):
        if opens.endswith(_EVENING):
            return f"{opens.removesuffix(_EVENING)} to {closes}"
        if start < _NOON and not opens.endswith(_MORNING):
            return f"{opens}{_MORNING} to {closes}"
    return f"{opens} to {closes}"


def _clock(minute: int) -> str:
    return spoken_clock(time(minute // 60 % 24, minute % 60)).replace(" o'clock", "")
