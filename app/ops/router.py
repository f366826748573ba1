"""The HTTP door to the operational plane: one router of all its rooms."""

from fastapi import APIRouter

router = APIRouter(tags=["operations"])
"""Rooms whose paths begin with `/api` are included with that prefix; `/metrics` is the one without."""
