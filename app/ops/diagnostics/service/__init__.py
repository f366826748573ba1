"""Look at this process from within: all of it bounded, and cheap while nobody asks."""

from app.ops.diagnostics.service.growth import Growth
from app.ops.diagnostics.service.looking import Diagnostics
from app.ops.diagnostics.service.tasks import LOOK_SECONDS, Ages, told

__all__ = ["LOOK_SECONDS", "Ages", "Diagnostics", "Growth", "told"]
