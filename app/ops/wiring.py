"""Put a process and the rooms of the operational plane together."""

from fastapi import FastAPI

from app.core.tracking import MeasuredPool
from app.ops.limits.jobs import attend as attend_limits
from app.ops.metrics.jobs import share_often
from app.ops.process import Process


def equip(app: FastAPI, process: Process) -> None:
    """Give a web process the gauges, acts and turns of every room, before it is started."""

    def pool() -> MeasuredPool:
        measured: MeasuredPool = app.state.engine.sync_engine.pool
        return measured

    process.gauges["pool"] = lambda: pool().figures()
    share_often(process)
    attend_limits(app.state.limits, process)
