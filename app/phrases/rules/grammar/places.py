"""Where a clock stands, apart from the time or by the name of a place: 10 am on Friday EST, new york time, uk time.

Cities are those that IANA names zones by; of countries those that have one time alone.
"""

from functools import cache
from zoneinfo import available_timezones

from app.phrases.rules.lexis.phrase import Tokens

LONGEST = 3
"""Words of a place's name: port of spain."""

CONTINENTS = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")

COUNTRIES = {
    "uk": "Europe/London",
    "british": "Europe/London",
    "ireland": "Europe/Dublin",
    "irish": "Europe/Dublin",
    "france": "Europe/Paris",
    "germany": "Europe/Berlin",
    "german": "Europe/Berlin",
    "italy": "Europe/Rome",
    "india": "Asia/Kolkata",
    "indian": "Asia/Kolkata",
    "japan": "Asia/Tokyo",
}

NOT_PLACES = frozenset({"center", "christmas", "easter", "midway", "wake"})
"""Zones whose names, beside the word time, say something else."""

DIRECTIONS = frozenset({"eastern", "central", "mountain", "pacific"})
"""Names of zones that streets have, too: alone they follow a time at once, or they are none."""


def place(t: Tokens, i: int) -> tuple[str, int] | None:
    """Return the zone of the place whose name stands here before the word time, and where reading goes on."""
    for j in range(i + 1, i + LONGEST + 1):
        if t[j].kind == "time":
            zone = _zones().get(" ".join(token.text for token in t[i:j]))
            return None if zone is None else (zone, j + 1)
    return None


def zone_apart(t: Tokens, i: int) -> tuple[str, int] | None:
    """Return the zone that is named here, after a day or before the time, and where reading goes on."""
    named_time = t[i + 1].kind == "time"
    word = t[i].text
    if t[i].kind.startswith("zone-") and (named_time or (word not in DIRECTIONS and len(word) > 2)):  # a PT session
        return t[i].kind[5:], i + 1 + named_time
    return place(t, i)


@cache
def _zones() -> dict[str, str]:
    """Return zones by what people call them, in small letters."""
    cities = {
        zone.rpartition("/")[2].replace("_", " ").replace("-", " ").lower(): zone
        for zone in sorted(available_timezones())
        if zone.startswith(CONTINENTS)
    }
    return {city: zone for city, zone in cities.items() if city not in NOT_PLACES} | COUNTRIES
