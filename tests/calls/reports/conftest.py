"""Calls that are over, with the stand-in for Vapi where their reports can be fetched."""

from tests.calls.outbound.conftest import configured, make_switchboard

__all__ = ["configured", "make_switchboard"]
