"""Take a service back to an earlier deploy: auto-deploy off first, or it would bring the bad commit again."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.integrations.render.api import Render
from app.integrations.render.errors import RenderOutcomeUnknown
from app.integrations.render.payloads import Deploy
from app.ops.render.errors import (
    AutoDeployNotSet,
    DeployUnderWay,
    NothingToRollBackTo,
    RollbackUnfinished,
    TargetRefused,
)
from app.ops.render.rules import FAILED, LIVE, OFF, ONCE_LIVE, content, earlier, present, trigger, under_way
from app.ops.render.schemas import AutoDeploy, RolledBack, Version
from app.ops.render.service.waiting import Waiting

OVER = FAILED | {LIVE, ONCE_LIVE}


@dataclass(frozen=True, slots=True)
class Plan:
    """From which deploy to which; `trigger` is what the service deploys by itself now."""

    service: AutoDeploy
    before: Deploy
    target: Deploy


async def auto_deploy(render: Render, service: str) -> AutoDeploy:
    """Return what a service deploys by itself."""
    found = await render.service(service)
    return AutoDeploy(service=found.id, name=found.name, trigger=trigger(found))


async def set_auto_deploy(render: Render, service: str, wanted: str) -> AutoDeploy:
    """Set what a service deploys by itself, and return what Render says that it is then.

    Raises:
        AutoDeployNotSet: it says another thing.
    """
    await render.deploy_automatically(service, wanted)
    found = await auto_deploy(render, service)
    if found.trigger != wanted:
        raise AutoDeployNotSet(f"Render says that auto-deploy of {service} is {found.trigger}, not {wanted}.")
    return found


async def plan(render: Render, service: str, to: str | None) -> Plan:
    """Return what a rollback would do; nothing is changed.

    Raises:
        DeployUnderWay, NothingToRollBackTo, TargetRefused: it cannot be done.
    """
    found = await auto_deploy(render, service)
    deploys = await render.deploys(service)
    running = under_way(deploys)
    if running is not None:
        raise DeployUnderWay(
            f"Deploy {running.id} of {_short(running)} is {running.status} and would go live over this one: cancel it"
            " in Render's dashboard, or wait."
        )
    before = present(deploys)
    if before is None:
        raise NothingToRollBackTo("No deploy of this service is live: name one with --to, in Render's dashboard.")
    return Plan(found, before, await _target(render, found.service, deploys, before, to))


async def _target(render: Render, service: str, deploys: Sequence[Deploy], before: Deploy, to: str | None) -> Deploy:
    if to is None and before.trigger == "rollback":
        raise NothingToRollBackTo(
            f"The present deploy {before.id} is a rollback already, to {_short(before)}: name another with --to."
        )
    target = earlier(deploys) if to is None else next((each for each in deploys if each.id == to), None)
    if to is not None and target is None:
        target = await render.deploy(service, to)
    if target is None:
        raise NothingToRollBackTo
    if target.id == before.id:
        raise TargetRefused(f"Deploy {target.id} of {_short(target)} is the present one.")
    if target.status != ONCE_LIVE:
        raise TargetRefused(f"Deploy {target.id} of {_short(target)} was never live: it is {target.status}.")
    return target


async def roll_back(render: Render, agreed: Plan, to: str | None, waiting: Waiting) -> RolledBack:
    """Switch auto-deploy off, prove it, choose again, roll back and wait until it is live.

    Raises:
        AutoDeployNotSet: nothing was rolled back. Nor was it where changing or reading it raised.
        TargetRefused: other deploys came meanwhile, so nothing was rolled back.
        RenderOutcomeUnknown: Render did not say whether it rolls back.
        RollbackUnfinished: the earlier version did not go live.
    """
    service = agreed.service.service
    await set_auto_deploy(render, service, OFF)
    waiting.tell(f"auto-deploy of {service} is off")
    deploys = {each.id for each in await render.deploys(service)}
    chosen = await plan(render, service, to)
    if (chosen.before.id, chosen.target.id) != (agreed.before.id, agreed.target.id):
        raise TargetRefused("Another deploy went live meanwhile, so nothing was rolled back: look, and try again.")
    began = await _begin(render, chosen, deploys)
    ended = await waiting.until(
        lambda: render.deploy(service, began.id),
        lambda seen: f"deploy {seen.id} is {seen.status}",
        lambda seen: seen.status in OVER,
    )
    if ended.status != LIVE:
        raise RollbackUnfinished(
            f"Deploy {ended.id} of {_short(chosen.target)} is {ended.status}, not live: look at its log. Auto-deploy is"
            " off."
        )
    return RolledBack(
        service=service,
        before=version(chosen.before),
        now=version(chosen.target),
        deploy=ended.id,
        status=ended.status,
        next=_next(agreed),
    )


async def _begin(render: Render, chosen: Plan, known: set[str]) -> Deploy:
    """Give the order once; where no answer came, a new deploy of the target's content tells that it was heard."""
    service, wanted = chosen.service.service, content(chosen.target)
    try:
        return await render.roll_back(service, chosen.target.id)
    except RenderOutcomeUnknown:
        for each in await render.deploys(service):
            if each.id not in known and content(each) == wanted:
                return each
        raise RenderOutcomeUnknown(
            "Render did not say whether it rolls back, and shows no new deploy: look at its dashboard, then try again."
            " Auto-deploy is off."
        ) from None


def version(deploy: Deploy) -> Version:
    """Return a deploy as it is told."""
    lines = deploy.commit.message.splitlines() if deploy.commit else []
    return Version(deploy=deploy.id, commit=content(deploy), message=lines[0][:200] if lines else "")


def _short(deploy: Deploy) -> str:
    return f"commit {content(deploy)[:12]}" if deploy.commit else content(deploy)[:60] or "an unknown version"


def _next(agreed: Plan) -> list[str]:
    was = agreed.service.trigger
    return [
        "The database keeps its schema: what newer versions migrated stays. Versions before run on it when a migration"
        " only added.",
        "Take the worker and the cron jobs back, too: booking render rollback --service ID",
        "booking ops doctor",
        f"When the cause is mended: booking render autodeploy on --service {agreed.service.service}"
        f"{f' --trigger {was}' if was in {'commit', 'checksPass'} else ''}",
    ]
