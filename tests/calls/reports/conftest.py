"""Calls that are over, with the stand-in for Vapi where their reports can be fetched."""

from tests.calls.outbound.conftest import _served, configured, make_switchboard, outside

__all__ = ["_served", "configured", "make_switchboard", "outside"]
