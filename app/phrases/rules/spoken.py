"""Times and prices as people say and write them: what `read_time` reads, the other way round.

Always the weekday, the date and the clock, never "tomorrow": what is read back has to be checkable.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from itertools import groupby
from zoneinfo import ZoneInfo

_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_TWELVE_HOURS = frozenset({"US", "CA", "AU", "NZ", "IN", "PH"})
"""Where the clock is written with am and pm."""

_MORNING, _EVENING = 8, 18
"""Between these hours the bare clock is understood in one way; see the semantics of `read_time`."""

_MONEY = {"GBP": ("pound", "pounds"), "USD": ("dollar", "dollars"), "EUR": ("euro", "euros")}
_WITHOUT_MINOR = frozenset({"JPY", "KRW", "VND", "CLP", "ISK", "PYG", "UGX", "XAF", "XOF", "XPF", "RWF", "KMF", "GNF"})
_THOUSANDTHS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})


def spoken_time(start: datetime, zone: str, *, now: datetime) -> str:
    """Return an instant as it is said: `Tuesday the 24th of March at half past two`; the year if it is not this one."""
    local = start.astimezone(ZoneInfo(zone))
    return f"{spoken_date(local.date(), today=now.astimezone(ZoneInfo(zone)).date())} at {spoken_clock(local.time())}"


def spoken_times(starts: Iterable[datetime], zone: str, *, now: datetime) -> str:
    """Return several instants, each date said once: `Tuesday the 24th of March at nine or ten, or Friday ...`."""
    today = now.astimezone(ZoneInfo(zone)).date()
    local = sorted(start.astimezone(ZoneInfo(zone)) for start in starts)
    days = [
        f"{spoken_date(day, today=today)} at {spoken_list([spoken_clock(at.time()) for at in times])}"
        for day, times in groupby(local, key=lambda at: at.date())
    ]
    return ", or ".join(days)


def spoken_date(day: date, *, today: date) -> str:
    """Return a date as it is said: `Tuesday the 24th of March`, with the year where it is another than today's."""
    said = f"{_DAYS[day.weekday()]} the {_ordinal(day.day)} of {_MONTHS[day.month - 1]}"
    return said if day.year == today.year else f"{said} {day.year}"


def spoken_clock(at: time) -> str:
    """Return a time of the day as it is said: `half past two`, `ten to five`, `six in the evening`."""
    if at.minute == 0 and at.hour in {0, 12}:
        return "midnight" if at.hour == 0 else "twelve noon"
    said = _clock(at.hour, at.minute)
    if at.hour < _MORNING:
        return f"{said} in the morning"
    return said if at.hour < _EVENING else f"{said} in the evening"


def spoken_list(items: Sequence[str], *, last: str = "or") -> str:
    """Return `a, b or c`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def spoken_price(minor: int, currency: str) -> str:
    """Return a price as it is said: `45 pounds`, `12 euros 50`; other currencies by their code."""
    digits = 0 if currency in _WITHOUT_MINOR else 3 if currency in _THOUSANDTHS else 2
    whole, rest = divmod(minor, 10**digits)
    if currency in _MONEY:
        said = f"{whole} {_MONEY[currency][whole != 1]}"
        return f"{said} {rest:0{digits}d}" if rest else said
    return f"{whole}.{rest:0{digits}d} {currency}" if rest else f"{whole} {currency}"


def spoken_digits(phone: str) -> str:
    """Return a number (E.164) digit by digit, in groups of three, so that it can be checked by ear."""
    digits = [_ONES[int(digit)] for digit in phone if digit.isdigit()]
    groups = [" ".join(digits[at : at + 3]) for at in range(0, len(digits), 3)]
    return ("plus " if phone.startswith("+") else "") + ", ".join(groups)


def written_time(start: datetime, zone: str, *, now: datetime, region: str = "GB") -> str:
    """Return an instant as it is written in a text: `Tue 24 Mar at 14:30`, where it is usual `2:30 pm`."""
    local = start.astimezone(ZoneInfo(zone))
    return f"{written_date(local.date(), today=now.astimezone(ZoneInfo(zone)).date())} at {_written(local, region)}"


def written_date(day: date, *, today: date) -> str:
    """Return a date as it is written in a text: `Tue 24 Mar`, with the year where it is another than today's."""
    said = f"{_DAYS[day.weekday()][:3]} {day.day} {_MONTHS[day.month - 1][:3]}"
    return said if day.year == today.year else f"{said} {day.year}"


def _written(local: datetime, region: str) -> str:
    if region not in _TWELVE_HOURS:
        return f"{local:%H:%M}"
    return f"{local.hour % 12 or 12}:{local.minute:02d} {'am' if local.hour < 12 else 'pm'}"


def _clock(hour: int, minute: int) -> str:
    this, following = _hour(hour), _hour(hour + 1)
    if minute == 0:
        return f"{this} o'clock"
    if minute in {15, 30, 45}:
        return {15: f"quarter past {this}", 30: f"half past {this}", 45: f"quarter to {following}"}[minute]
    if minute % 5 == 0:
        return f"{_number(minute)} past {this}" if minute < 30 else f"{_number(60 - minute)} to {following}"
    return f"{this} oh {_number(minute)}" if minute < 10 else f"{this} {_number(minute)}"


def _hour(hour: int) -> str:
    return _ONES[hour % 12 or 12]


def _number(number: int) -> str:
    if number < 20:
        return _ONES[number]
    tens, ones = divmod(number, 10)
    return f"{_TENS[tens]}-{_ONES[ones]}" if ones else _TENS[tens]


def _ordinal(number: int) -> str:
    if 11 <= number % 100 <= 13:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
