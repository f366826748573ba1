"""The HTTP door to alerts."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from sqlalchemy.exc import SQLAlchemyError

from app.core.auth import CurrentPrincipal, Scope, require
from app.core.clock import Now
from app.core.errors import problems
from app.core.handlers import database_problem
from app.ops.alerts.errors import RuleNotFound, RuleNotMuted
from app.ops.alerts.rules.catalogue import RULES
from app.ops.alerts.rules.lives import Status
from app.ops.alerts.rules.measuring import measure
from app.ops.alerts.schemas import Alerts, Delivery, Evaluation, MuteSet, NewMute, Rules
from app.ops.alerts.service import muting, telling
from app.ops.alerts.service.watching import Watch
from app.ops.process import Process
from app.ops.schemas import Why, about

router = APIRouter(prefix="/api/alerts")

_READS = Depends(require(Scope.ops_read), scope="function")
_WRITES = Depends(require(Scope.ops_write), scope="function")

RuleName = Annotated[str, Path(max_length=50, pattern=r"^[a-z0-9_]+$", examples=["error_rate"])]


@router.get("", dependencies=[_READS])
async def list_alerts(request: Request, now: Now) -> Alerts:
    """List what is wrong now, what was in the last 24 hours, and who was told of it."""
    watch: Watch = request.app.state.watch
    process, degraded = watch.process, list[str]()
    try:
        state = await process.ask(lambda session: telling.of_all(session, now=now))
    except (SQLAlchemyError, OSError) as failure:
        problem = database_problem(failure)
        if problem is None:
            raise
        state, degraded = telling.of_process(watch, now=now), [problem.code]
    muted, runbook = telling.mutes(process.controls, now=now), process.settings.runbook_url
    standing = telling.alerts_out(state.standing, state.pages, muted, runbook)
    return Alerts(
        firing=[alert for alert in standing if alert.status == Status.firing],
        pending=[alert for alert in standing if alert.status == Status.pending],
        resolved=telling.alerts_out(state.resolved, state.pages, muted, runbook),
        delivery=_delivery(watch, state),
        evaluation=_evaluation(watch, state),
        complete=not degraded,
        degraded=degraded,
        **about(process, now=now, scope="instance" if degraded else "cluster"),
    )


def _delivery(watch: Watch, state: telling.State) -> Delivery:
    pending, failed, delivered = state.counts
    settings, pulse = watch.process.settings, watch.courier.pulse
    return Delivery(
        webhook=bool(settings.alert_webhook_url),
        pending=pending,
        failed_last_day=failed,
        delivered_last_day=delivered,
        heartbeat=bool(settings.heartbeat_url),
        heartbeat_sent_at=pulse.sent_at,
        heartbeat_error=pulse.error,
    )


def _evaluation(watch: Watch, state: telling.State) -> Evaluation:
    leader: dict[str, Any] = {"instance": None, "pid": None, "evaluated_at": watch.evaluated_at, **state.leader}
    return Evaluation(standing=watch.standing.value, **leader)


@router.get("/rules", dependencies=[_READS])
async def list_rules(request: Request, now: Now) -> Rules:
    """List every rule with its numbers and what it is held against now, measured anew."""
    watch: Watch = request.app.state.watch
    process = watch.process
    facts, complete = await watch.facts(now)
    measures, muted = measure(facts), telling.mutes(process.controls, now=now)
    runbook = process.settings.runbook_url
    return Rules(
        rules=[telling.rule_out(rule, measures.get(rule.name), muted.get(rule.name), runbook) for rule in RULES],
        count=len(RULES),
        complete=complete,
        degraded=[] if complete else ["database_unavailable"],
        **about(process, now=now, scope="cluster" if complete else "instance"),
    )


@router.post("/{rule}/mute", dependencies=[_WRITES], responses=problems(RuleNotFound))
async def mute_rule(
    request: Request, rule: RuleName, wanted: NewMute, principal: CurrentPrincipal, now: Now
) -> MuteSet:
    """Have nobody told of a rule for a while; it is evaluated and shown all the same."""
    process: Process = request.app.state.process
    control = await process.order(lambda session: muting.mute(session, principal, rule, wanted, now=now), now=now)
    shown = telling.shown(control).model_dump(by_alias=False)
    return MuteSet(**shown, **about(process, now=now, scope="cluster"))


@router.delete("/{rule}/mute", status_code=204, dependencies=[_WRITES], responses=problems(RuleNotFound, RuleNotMuted))
async def unmute_rule(
    request: Request, rule: RuleName, principal: CurrentPrincipal, now: Now, reason: Why = None
) -> None:
    """Have people told of a rule again; if it still fires, they are told at the next evaluation."""
    process: Process = request.app.state.process
    await process.order(lambda session: muting.unmute(session, principal, rule, reason=reason, now=now), now=now)
