"""Use cases of availability: plans of services, what blocks resources, what is on offer."""

from app.schedule.service.blocks import read_agendas
from app.schedule.service.offering import MAX_DAYS, Found, available, following, nearest
from app.schedule.service.plans import Plan, load_calendars, load_plan, narrowed, refuse_archived, reload_plan

__all__ = [
    "MAX_DAYS",
    "Found",
    "Plan",
    "available",
    "following",
    "load_calendars",
    "load_plan",
    "narrowed",
    "nearest",
    "read_agendas",
    "refuse_archived",
    "reload_plan",
]
