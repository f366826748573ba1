"""What every process does about its limiter."""

from app.core.controls import Kind
from app.core.limits.limiter import Limits
from app.ops.process import Process

MEND_SECONDS = 1.0


def attend(limits: Limits, process: Process) -> None:
    """Have a process tell of its limiter, guard its probes, obey resets, and look for shared counters it has lost."""
    process.gauges["limits"] = limits.figures
    process.guard = limits.guard
    process.acts.setdefault(Kind.limit_reset, []).append(lambda control: limits.forget_here(control.target))
    process.background.every(MEND_SECONDS, "limits", limits.mend)
