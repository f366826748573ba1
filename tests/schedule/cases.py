"""The worked cases of availability: where they lie, and how they stand in the database.

They live beside the repository, in `../shared` or where BOOKING_SHARED says.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncEngine

from app.bookings.models import Booking
from app.catalog.models import Resource, Service, ServiceResource
from app.core.ids import new_id
from app.customers.models import Customer
from app.schedule.models import BusyTime, Claim, DateOverride, OpeningHours, Session

SHARED = Path(os.environ.get("BOOKING_SHARED") or Path(__file__).parents[3] / "shared")
SLOTS = SHARED / "cases" / "slots.json"
TABLES = (
    Service, Resource, ServiceResource, OpeningHours, DateOverride, Customer, Session, Booking, Claim, BusyTime
)  # fmt: skip
LIVE = {"confirmed", "pending"}

Row = dict[str, Any]


@cache
def load() -> list[dict[str, Any]]:
    """Return the cases; none where the file is absent."""
    cases: list[dict[str, Any]] = json.loads(SLOTS.read_text())["cases"] if SLOTS.exists() else []
    return cases


def requester(case: dict[str, Any]) -> str | None:
    """Return who asks, where the case says so."""
    name: str | None = case.get("requester", case["query"].get("requester"))
    return name


def inexpressible(case: dict[str, Any]) -> str | None:
    """Return why the API cannot be asked this, or None."""
    own = [hold for host in case["hosts"] for hold in host.get("holds", []) if is_own(hold, case)]
    if case["service"].get("offset_min"):
        return "a service has no offset: its grid begins where its windows begin"
    if len(own) + ("exclude_booking_id" in case) > 1:
        return "availability looks through one booking at most"
    return None


def is_own(hold: dict[str, Any], case: dict[str, Any]) -> bool:
    """Tell whether a hold is the requester's own; through HTTP that is `excludeBookingId`."""
    return "owner" in hold and hold["owner"] == requester(case)


def instant(text: str) -> datetime:
    """Return an instant that a case names."""
    return datetime.fromisoformat(text)


@dataclass
class Arrangement:
    """The rows of one case, by their tables, and the names of what the answer will tell ids of."""

    client_id: UUID
    case: dict[str, Any]
    service_id: UUID = field(default_factory=new_id)
    other_id: UUID = field(default_factory=new_id)
    customer_id: UUID = field(default_factory=new_id)
    excluded: UUID | None = None
    hosts: dict[str, str] = field(default_factory=dict)
    rows: dict[Any, list[Row]] = field(default_factory=lambda: {table: [] for table in TABLES})
    _named: dict[str, UUID] = field(default_factory=dict)
    _sessions: dict[tuple[UUID, datetime, datetime], Row] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._add(Customer, id=self.customer_id, phone="+447400123456")
        self._add(Service, id=self.other_id, name="Another", duration_minutes=30)
        self._add(Service, id=self.service_id, name="The one", **self._terms())
        for host in self.case["hosts"]:
            self._add_host(host)

    def inserts(self) -> Iterator[tuple[Any, Row]]:
        """Yield rows with their tables in an order that foreign keys allow."""
        return ((table, row) for table, rows in self.rows.items() for row in rows)

    async def put_into(self, engine: AsyncEngine) -> None:
        """Put the rows into a database."""
        async with engine.begin() as connection:
            for table, row in self.inserts():
                await connection.execute(insert(table), row)

    def _add(self, table: Any, **row: Any) -> Row:
        self.rows[table].append({"client_id": self.client_id, **row})
        return self.rows[table][-1]

    def _terms(self) -> Row:
        service = self.case["service"]
        return {
            "duration_minutes": service["duration_min"],
            "buffer_before_minutes": service.get("buffer_before_min", 0),
            "buffer_after_minutes": service.get("buffer_after_min", 0),
            "interval_minutes": service.get("interval_min"),
            "grid": self.case.get("grid", "window"),
            "min_notice_minutes": service.get("min_notice_min", 0),
            "max_advance_days": service.get("max_advance_days", 730),
            "max_per_day": service.get("max_per_day"),
            "capacity": service.get("capacity", 1),
            "assign": self.case.get("assign", "any"),
        }

    def _add_host(self, host: dict[str, Any]) -> None:
        resource = new_id()
        self.hosts[str(resource)] = host["id"]
        self._add(Resource, id=resource, name=host["id"], timezone=host["tz"])
        self._add(ServiceResource, service_id=self.service_id, resource_id=resource)
        self._add(OpeningHours, resource_id=resource, weekly=host.get("weekly", []))
        for day, windows in host.get("overrides", {}).items():
            self._add(DateOverride, resource_id=resource, date=date.fromisoformat(day), windows=windows)
        for number, busy in enumerate(host.get("busy", [])):
            if busy["start"] < busy["end"]:  # the table refuses a span without length
                span = {"starts_at": instant(busy["start"]), "ends_at": instant(busy["end"])}
                self._add(BusyTime, id=new_id(), resource_id=resource, **span, source="google", source_id=str(number))
        for booking in host.get("bookings", []):
            identifier = self._book(resource, booking, "confirmed" if self._lives(booking) else "cancelled")
            if "id" in booking and booking["id"] == self.case.get("exclude_booking_id"):
                self.excluded = identifier
        for hold in host.get("holds", []):
            identifier = self._book(resource, hold, "held", instant(hold["expires_at"]))
            if is_own(hold, self.case):
                self.excluded = identifier

    @staticmethod
    def _lives(booking: dict[str, Any]) -> bool:
        """Tell whether a booking blocks: bookings here are confirmed at once, so pending is confirmed."""
        return booking.get("status", "confirmed") in LIVE

    def _book(self, resource: UUID, booked: dict[str, Any], status: str, until: datetime | None = None) -> UUID:
        """Add a booking with its claim, or its seat in a session; one that is named on two hosts is one."""
        same = booked.get("service", "same") == "same"
        row: Row = {
            "service_id": self.service_id if same else self.other_id,
            "starts_at": instant(booked["start"]),
            "ends_at": instant(booked["end"]),
        }
        before, after = (timedelta(minutes=booked.get(f"buffer_{side}_min", 0)) for side in ("before", "after"))
        claim = {**row, "resource_id": resource, "blocked": Range(row["starts_at"] - before, row["ends_at"] + after)}
        claim |= {"id": new_id(), "active": status != "cancelled", "expires_at": until}
        shared = self.case["service"].get("capacity", 1) > 1 and same and status != "cancelled"
        session = self._sit(resource, claim, booked.get("seats", 1)) if shared else None
        name = booked.get("id")
        if name not in self._named:
            made = self._add(
                Booking, id=new_id(), customer_id=self.customer_id, status=status, channel="api", expires_at=until,
                seats=booked.get("seats", 1), session_id=session, **row,
            )  # fmt: skip
            self._named[name or str(made["id"])] = made["id"]
            name = name or str(made["id"])
        if session is None:
            self._add(Claim, booking_id=self._named[name], session_id=None, **claim)
        return self._named[name]

    def _sit(self, resource: UUID, claim: Row, seats: int) -> UUID:
        """Take seats in a session on one resource, made with its claim by its first booking."""
        key = (resource, claim["starts_at"], claim["ends_at"])
        if key not in self._sessions:
            span = {name: claim[name] for name in ("service_id", "resource_id", "starts_at", "ends_at")}
            session = self._add(Session, id=new_id(), capacity=self.case["service"]["capacity"], taken=0, **span)
            self._sessions[key] = session
            self._add(Claim, booking_id=None, session_id=session["id"], **claim)
        session = self._sessions[key]
        session["taken"] += seats
        identifier: UUID = session["id"]
        return identifier
