"""Failures of diagnostics."""

from app.core.errors import Conflict


class ProfileRunning(Conflict):
    """This process is being profiled already."""

    detail = "A profile of this process is running; ask again when it is over, 30 s at most."


class SitesRunning(Conflict):
    """The allocations of this process are being watched already."""

    detail = "The allocations of this process are being watched; ask again when that is over, 10 s at most."
