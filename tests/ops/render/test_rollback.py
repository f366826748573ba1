"""Rollback: auto-deploy is off and proven so before anything goes back, or nothing does."""

import json

import pytest

from app.integrations.render.errors import RenderOutcomeUnknown
from app.ops.render.errors import RollbackUnfinished, TargetRefused
from app.ops.render.service.rolling_back import plan, roll_back
from tests.render import SERVICE, Bad, deploy

PATH = f"/services/{SERVICE}"
OFF = ("PATCH", PATH, {"autoDeployTrigger": "off"})
BACK = ("POST", f"{PATH}/rollback", {"deployId": "dep-1"})


def test_auto_deploy_goes_off_first_is_read_back_and_then_the_version_before_goes_live(ask, stand):
    code, said, errors = ask("rollback", "--yes", "--every", "0", "--json")

    assert stand.sent("PATCH", "POST") == [OFF, BACK]
    paths = [(each.method, each.path) for each in stand.received]
    changed = paths.index(("PATCH", PATH))
    assert ("GET", PATH) in paths[changed : paths.index(("POST", f"{PATH}/rollback"))]
    told = json.loads(said)
    assert (code, told["status"], told["autoDeploy"]) == (0, "live", "off")
    assert (told["before"]["deploy"], told["now"]["deploy"]) == ("dep-3", "dep-1")
    assert (told["now"]["commit"], told["now"]["message"]) == ("01" * 20, "Change 1")
    assert errors.splitlines()[0] == f"auto-deploy of {SERVICE} is off"
    following = " ".join(told["next"])
    assert f"booking render autodeploy on --service {SERVICE} --trigger checksPass" in following
    assert "keeps its schema" in following
    assert "worker" in following


@pytest.mark.parametrize("bad", [Bad(403), Bad(500), Bad(dropped=True), Bad(400)])
def test_where_auto_deploy_cannot_be_switched_off_nothing_goes_back(ask, stand, bad):
    stand.fail("PATCH", PATH, bad)

    code, said, errors = ask("rollback", "--yes")

    assert (code, said, errors.count("\n")) == (1, "", 1)
    assert stand.sent("POST") == []


def test_where_auto_deploy_only_seems_to_be_off_nothing_goes_back(ask, stand):
    stand.deaf = True

    code, _, errors = ask("rollback", "--yes")

    assert code == 1
    assert "is checksPass, not off. (auto_deploy_not_set)" in errors
    assert stand.sent("POST") == []


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ({"autoDeploy": "no"}, "off"),
        ({"autoDeploy": "yes"}, "commit"),
        ({"autoDeployTrigger": "off"}, "off"),
        ({"autoDeployTrigger": "off", "autoDeploy": "no"}, "off"),
        ({"autoDeployTrigger": "off", "autoDeploy": "yes"}, "unknown"),
        ({"autoDeployTrigger": "checksPass", "autoDeploy": "no"}, "checksPass"),
        ({}, "unknown"),
    ],
)
def test_auto_deploy_is_off_only_where_all_that_render_says_is_off(ask, stand, said, state):
    stand.service = {"id": SERVICE, "name": "booking-web", **said}

    assert ask("autodeploy", "status")[:2] == (0, f"Auto-deploy of booking-web ({SERVICE}): {state}\n")


def test_auto_deploy_is_switched_on_again_and_read_back(ask, stand):
    stand.service |= {"autoDeploy": "no", "autoDeployTrigger": "off"}

    code, said, _ = ask("autodeploy", "on", "--trigger", "commit", "--json")

    assert (code, json.loads(said)["trigger"]) == (0, "commit")
    assert stand.sent("PATCH") == [("PATCH", PATH, {"autoDeployTrigger": "commit"})]
    assert ask("autodeploy", "off")[0] == 0
    assert stand.service["autoDeployTrigger"] == "off"


def test_the_present_deploy_is_no_target(ask, stand):
    code, _, errors = ask("rollback", "--to", "dep-3", "--yes")

    assert (code, errors) == (1, "booking: Deploy dep-3 of commit 030303030303 is the present one. (target_refused)\n")
    assert stand.sent("PATCH", "POST") == []


@pytest.mark.parametrize(
    ("deploys", "arguments", "says"),
    [
        ([deploy(3, "live"), deploy(2, "build_failed")], [], "No other version was live"),
        ([deploy(3, "live"), deploy(2, "deactivated", commit="03" * 20)], [], "No other version was live"),
        ([deploy(2, "build_failed"), deploy(1, "deactivated")], [], "No deploy of this service is live"),
        ([deploy(3, "live"), deploy(2, "build_failed")], ["--to", "dep-2"], "was never live: it is build_failed"),
        ([deploy(3, "live")], ["--to", "dep-9"], "nothing of that id"),
        ([deploy(4, "update_in_progress"), deploy(3, "live"), deploy(1, "deactivated")], [], "would go live over this"),
        ([deploy(4, "live", trigger="rollback"), deploy(3, "deactivated")], [], "is a rollback already"),
    ],
)
def test_where_there_is_nothing_to_go_back_to_nothing_is_changed(ask, stand, deploys, arguments, says):
    stand.deploys = deploys

    code, said, errors = ask("rollback", *arguments, "--yes")

    assert (code, said, errors.count("\n")) == (1, "", 1)
    assert says in errors
    assert stand.sent("PATCH", "POST") == []


def test_without_a_yes_nothing_is_changed(ask, stand):
    code, _, errors = ask("rollback")

    assert (code, "(not_confirmed)" in errors, stand.sent("PATCH", "POST")) == (1, True, [])


def test_another_service_is_named_by_its_id(ask, stand):
    assert ask("rollback", "--service", "srv-worker", "--yes")[0] == 1
    assert {each.path for each in stand.received} == {"/services/srv-worker"}


async def test_a_deploy_that_went_live_meanwhile_is_not_rolled_over(render, stand, waiting):
    agreed = await plan(render, SERVICE, None)
    stand.deploys = [deploy(4, "live"), deploy(3, "deactivated"), deploy(1, "deactivated")]

    with pytest.raises(TargetRefused, match="meanwhile"):
        await roll_back(render, agreed, None, waiting)
    assert stand.sent("PATCH", "POST") == [OFF]


@pytest.mark.parametrize(("bad", "heard"), [(Bad(503, obeyed=True), True), (Bad(dropped=True), False)])
async def test_a_rollback_without_an_answer_is_looked_for_and_never_repeated(render, stand, waiting, bad, heard):
    stand.fail("POST", f"{PATH}/rollback", bad)
    agreed = await plan(render, SERVICE, None)

    if heard:
        assert (await roll_back(render, agreed, None, waiting)).status == "live"
    else:
        with pytest.raises(RenderOutcomeUnknown, match="whether it rolls back"):
            await roll_back(render, agreed, None, waiting)
    assert len(stand.sent("POST")) == 1


@pytest.mark.parametrize("steps", [["update_in_progress"], ["created", "update_failed"], ["created", "deactivated"]])
async def test_a_version_that_does_not_go_live_is_no_success(render, stand, waiting, steps):
    stand.deploying = steps
    agreed = await plan(render, SERVICE, None)

    with pytest.raises(RollbackUnfinished, match=f"is {steps[-1]}, not live"):
        await roll_back(render, agreed, None, waiting)
