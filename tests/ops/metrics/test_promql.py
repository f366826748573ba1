"""No panel and no rule asks Prometheus for what /metrics does not expose, and rules say what the service's own say."""

import json
import re
from pathlib import Path

import promql_parser as promql
import pytest
import yaml

from app.main import create_app
from app.ops.alerts.rules.catalogue import BY_NAME
from app.ops.metrics.rules import FAMILIES
from app.ops.slo.rules import is_valid
from tests.ops.metrics.promql import EXPOSED, labels, nodes, parse, wrong
from tests.routes import all_routes, operational_routes

DEPLOY = Path(__file__).parents[3] / "deploy"
RULES = [
    rule for group in yaml.safe_load((DEPLOY / "prometheus/rules.yml").read_text())["groups"] for rule in group["rules"]
]
ALERTS = [rule for rule in RULES if "alert" in rule]
DASHBOARD = json.loads((DEPLOY / "grafana/booking.json").read_text())

FROM_THE_DATABASE = {
    *("connections", "slow_queries", "integrity_findings"),
    *("backup_missed", "backup_failed", "backup_unproven", "drill_failed"),
}
"""Rules of the service about what only its database, or the store of backups, knows by name."""

NO_NUMBER = {"database_unavailable"}
"""Held against a metric that is 0 or 1."""


def recorded():
    known = dict(EXPOSED)
    for rule in RULES:
        if "record" in rule:
            known[rule["record"]] = labels(parse(rule["expr"]), known)
    return known


KNOWN = recorded()


def panels():
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"], target["legendFormat"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.get("record") or rule["alert"])
def test_a_rule_asks_for_what_there_is(rule):
    assert wrong(parse(rule["expr"]), KNOWN) == []


@pytest.mark.parametrize(("title", "expression", "legend"), list(panels()))
def test_a_panel_asks_for_what_there_is(title, expression, legend):
    tree = parse(expression)

    assert wrong(tree, KNOWN) == []
    assert set(re.findall(r"{{(\w+)}}", legend)) <= labels(tree, KNOWN)


def test_what_is_not_there_is_found_out():
    assert wrong(parse("sum(no_such_metric)"), KNOWN) == ["no_such_metric"]
    assert wrong(parse('http_requests_total{code="200"}'), KNOWN) == ["http_requests_total{code}"]
    assert wrong(parse("sum by (client) (rate(http_requests_total[5m]))"), KNOWN)
    with pytest.raises(ValueError, match="parenthesis"):
        parse("sum(rate(")


def test_everything_that_is_exposed_is_looked_at_somewhere():
    asked = {
        node.name
        for expression in [*(rule["expr"] for rule in RULES), *(expression for _, expression, _ in panels())]
        for node in nodes(parse(expression))
        if isinstance(node, promql.VectorSelector)
    }
    unseen = {family.name for family in FAMILIES if not asked & set(family.exposed)}

    assert unseen == {
        "booking_build_info",
        "process_start_time_seconds",
        "signals_dropped",
        "log_bytes",
        "rate_limit_counters",
    }


def test_each_alert_of_the_service_that_metrics_can_tell_has_its_rule():
    assert {rule["labels"]["rule"] for rule in ALERTS} == set(BY_NAME) - FROM_THE_DATABASE


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_names_the_runbooks_section_and_the_next_command(rule):
    own = BY_NAME[rule["labels"]["rule"]]

    assert rule["annotations"]["runbook"] == own.section
    assert rule["labels"]["severity"] in {step.severity.name for step in own.steps}
    path = rule["annotations"]["next"].removeprefix("GET ")
    assert any(path in command for command in own.commands)


@pytest.mark.parametrize("name", sorted(set(BY_NAME) - FROM_THE_DATABASE - NO_NUMBER))
def test_an_alert_holds_the_number_that_the_service_holds(name):
    own = BY_NAME[name]
    scale = {"percent": 100, "milliseconds": 1_000}.get(own.unit, 1)
    numbers = {
        node.val
        for rule in ALERTS
        if rule["labels"]["rule"] == name
        for node in nodes(parse(rule["expr"]))
        if isinstance(node, promql.NumberLiteral)
    }

    assert {step.bound / scale for step in own.steps} <= numbers


def test_the_rules_leave_out_the_very_requests_that_the_objective_leaves_out(settings):
    app = create_app(settings)
    expressions = [rule["expr"] for rule in RULES if rule.get("record", "").startswith("booking:requests_valid")]
    patterns = {
        matcher.value
        for expression in expressions
        for node in nodes(parse(expression))
        if isinstance(node, promql.VectorSelector)
        for matcher in node.matchers.matchers
        if matcher.name == "route"
    }
    (pattern,) = patterns
    left_out = {
        route.path for route in (*all_routes(app), *operational_routes(app)) if re.fullmatch(pattern, route.path)
    }

    assert left_out == {route.path for route in operational_routes(app)}
    assert not any(is_valid(f"GET {path} 200") for path in left_out)


def test_the_example_scrapes_the_path_with_a_key():
    (job,) = yaml.safe_load((DEPLOY / "prometheus/scrape.example.yml").read_text())["scrape_configs"]

    assert (job["job_name"], job["metrics_path"]) == ("booking", "/metrics")
    assert job["authorization"]["type"] == "Bearer"


def test_the_page_for_the_person_on_call_names_every_metric():
    page = (DEPLOY.parent / "docs/operations.md").read_text()

    assert [family.name for family in FAMILIES if f"`{family.exposed[0].removesuffix('_bucket')}`" not in page] == []
