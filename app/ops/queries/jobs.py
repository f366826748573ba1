"""What every web process says of the statements that it keeps."""

from app.ops.process import Process
from app.ops.queries.service.here import dropped_by


def attend(process: Process) -> None:
    """Tell at each flush how many shapes this process keeps, and how many runs found no room."""
    recorder = process.recorder
    process.gauges["queries"] = lambda: {"shapes": len(recorder.shapes), "dropped": dropped_by(recorder)}
