"""Use cases of availability: plans of services, what blocks resources, what is on offer."""

from app.schedule.service.blocks import look, read_agendas
from app.schedule.service.offering import MAX_DAYS, Found, available, following, nearest
from app.schedule.service.plans import Plan, narrowed, refuse_archived
from app.schedule.service.reading import load_calendars
from app.schedule.service.recalling import HOURS, SERVICES, load_plan, reload_plan

__all__ = [
    "HOURS",
    "MAX_DAYS",
    "SERVICES",
    "Found",
    "Plan",
    "available",
    "following",
    "load_calendars",
    "load_plan",
    "look",
    "narrowed",
    "nearest",
    "read_agendas",
    "refuse_archived",
    "reload_plan",
]
