"""The demo's two businesses, as data."""

from dataclasses import dataclass
from typing import Any

from app.catalog.resources.schemas import ResourceIn
from app.clients.schemas import ClientIn
from app.schedule.hours.schemas import HoursIn


@dataclass(frozen=True)
class Business:
    """A client with its resources and their hours, and its services with the names of who serves them; where it is."""

    client: ClientIn
    resources: dict[ResourceIn, HoursIn]
    services: dict[str, dict[str, Any]]
    serving: dict[str, tuple[str, ...]]
    address: str


def _hours(*windows: tuple[tuple[int, ...], str, str]) -> HoursIn:
    return HoursIn.model_validate(
        {"weekly": [{"days": list(days), "start": start, "end": end} for days, start, end in windows]}
    )


_WEEKDAYS, _DAILY = (1, 2, 3, 4, 5), (1, 2, 3, 4, 5, 6, 7)
_DENTISTS = ("Dr Amara Osei", "Dr Ben Whitfield", "Dr Chloe Marsh")

DENTAL = Business(
    client=ClientIn(
        client_key="demo-dental",
        name="Camden Dental Practice",
        timezone="Europe/London",
        region="GB",
        currency="GBP",
        locale="en-GB",
        phone="+442071838750",
    ),
    resources={
        ResourceIn(name=_DENTISTS[0]): _hours((_WEEKDAYS, "09:00", "13:00"), (_WEEKDAYS, "14:00", "17:30")),
        ResourceIn(name=_DENTISTS[1]): _hours(((1, 2, 3, 4), "08:00", "16:00"), ((6,), "09:00", "13:00")),
        ResourceIn(name=_DENTISTS[2]): _hours(((2, 3, 4, 5), "10:00", "19:00")),
        ResourceIn(name="Surgery 1", kind="room"): _hours((_DAILY, "08:00", "20:00")),
        ResourceIn(name="Surgery 2", kind="room"): _hours((_DAILY, "08:00", "20:00")),
    },
    services={
        "Check-up": {"duration_minutes": 30, "buffer_after_minutes": 5, "interval_minutes": 15, "price_minor": 5500},
        "Hygiene clean": {"duration_minutes": 45, "buffer_after_minutes": 15, "price_minor": 7200},
        "Filling": {
            "duration_minutes": 60,
            "buffer_before_minutes": 10,
            "buffer_after_minutes": 10,
            "min_notice_minutes": 120,
            "price_minor": 14000,
        },
        "Implant surgery": {
            "duration_minutes": 120,
            "buffer_after_minutes": 30,
            "interval_minutes": 30,
            "min_notice_minutes": 1440,
            "max_per_day": 1,
            "price_minor": 220000,
            "assign": "all",
        },
        "X-ray": {"duration_minutes": 15, "price_minor": 2500},
    },
    serving={
        "Check-up": _DENTISTS,
        "Hygiene clean": _DENTISTS,
        "Filling": _DENTISTS[:2],
        "Implant surgery": (_DENTISTS[0], "Surgery 1"),
        "X-ray": ("Surgery 1", "Surgery 2"),
    },
    address="8 Parkway, Camden Town, London",
)

YOGA = Business(
    client=ClientIn(
        client_key="demo-yoga",
        name="Hudson Street Yoga",
        timezone="America/New_York",
        region="US",
        currency="USD",
        locale="en-US",
        phone="+12125550123",
    ),
    resources={
        ResourceIn(name="Main studio", kind="room"): _hours(
            (_WEEKDAYS, "07:00", "08:00"), (_DAILY, "12:00", "13:00"), (_WEEKDAYS, "18:00", "20:00")
        ),
        ResourceIn(name="Quiet studio", kind="room"): _hours(((2, 4), "18:30", "20:00"), ((6, 7), "09:00", "10:30")),
    },
    services={
        "Vinyasa flow": {"duration_minutes": 60, "capacity": 12, "max_advance_days": 30, "price_minor": 2200},
        "Yin and rest": {"duration_minutes": 90, "capacity": 12, "max_advance_days": 30, "price_minor": 2600},
    },
    serving={"Vinyasa flow": ("Main studio",), "Yin and rest": ("Quiet studio",)},
    address="412 Hudson Street, New York",
)

BUSINESSES = (DENTAL, YOGA)
