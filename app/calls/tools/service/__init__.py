"""Use cases of tools: carrying them out, and how a model is told of them."""

from app.calls.tools.service.registry import TOOLS, Tool
from app.calls.tools.service.running import DEADLINE_SECONDS, Done, all_failed, carry_out

__all__ = ["DEADLINE_SECONDS", "TOOLS", "Done", "Tool", "all_failed", "carry_out"]
