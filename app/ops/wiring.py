"""Put a process and the rooms of the operational plane together."""

from fastapi import FastAPI

from app.core.tracking import MeasuredPool
from app.ops.advice.service import Advisor
from app.ops.alerts.jobs import attend as attend_alerts
from app.ops.backups.jobs import attend as attend_backups
from app.ops.caches.jobs import attend as attend_caches
from app.ops.channels.jobs import attend as attend_channels
from app.ops.database.jobs import attend as attend_connections
from app.ops.database.service.reporting import Memory
from app.ops.diagnostics.jobs import look_often
from app.ops.diagnostics.service import Diagnostics
from app.ops.failures.jobs import attend as attend_failures
from app.ops.health.jobs import attend as attend_health
from app.ops.health.service.looking import Lookout
from app.ops.integrity.jobs import attend as attend_integrity
from app.ops.limits.jobs import attend as attend_limits
from app.ops.metrics.jobs import count_for_all, share_often
from app.ops.metrics.service import Exposition
from app.ops.process import Process
from app.ops.queries.jobs import attend as attend_queries
from app.ops.queries.service import Server
from app.ops.queue.jobs import attend as attend_queue
from app.ops.render.jobs import attend as attend_recovery
from app.ops.slo.jobs import attend as attend_objectives


def equip(app: FastAPI, process: Process) -> None:
    """Give a web process the gauges, acts and turns of every room, before it is started."""

    def pool() -> MeasuredPool:
        measured: MeasuredPool = app.state.engine.sync_engine.pool
        return measured

    process.gauges["pool"] = lambda: pool().figures()
    app.state.exposition = Exposition(process)
    share_often(app.state.exposition)
    count_for_all(process)
    app.state.diagnostics = Diagnostics()
    look_often(app.state.diagnostics, process)
    attend_caches(process)
    attend_limits(app.state.limits, process)
    attend_failures(process)
    app.state.watch = attend_alerts(process)
    attend_objectives(process)
    app.state.connections = Memory()
    attend_connections(app.state.engine, process)
    app.state.server_statements = Server()
    app.state.advisor = Advisor(process, app.state.server_statements)
    app.state.lookout = Lookout(process)
    app.state.backups = attend_backups(process)
    attend_channels(process)
    attend_health(process)
    attend_queries(process)
    attend_queue(process)
    attend_integrity(process)
    app.state.recoverable = attend_recovery(process)
