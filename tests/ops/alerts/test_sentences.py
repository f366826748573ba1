"""What an alert says of itself: what to do, where it stands in the manual, and that it is over."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.ids import new_id
from app.ops.alerts.rules.catalogue import BY_NAME, RULES
from app.ops.alerts.rules.lives import Alert, Status
from app.ops.alerts.rules.pages import summary
from tests.ops.alerts.conftest import NOW

ROOT = Path(__file__).parents[3]


def test_each_rule_says_what_to_do_and_stands_in_the_manual():
    manual = (ROOT / "docs" / "operations.md").read_text()
    headings = set(re.findall(r"^#### (\w+)$", manual, re.MULTILINE))

    assert {rule.name for rule in RULES} == headings == set(BY_NAME)
    for rule in RULES:
        assert rule.commands
        assert all(command.startswith(("curl ", "booking ")) for command in rule.commands), rule.name
        assert list(rule.steps) == sorted(rule.steps, key=lambda step: -step.severity)
        assert rule.title.format(value="1")


@pytest.mark.parametrize(
    ("name", "status", "value", "sentence"),
    [
        ("slow_queries", Status.firing, 3.0, "3 kinds of statements take over a second"),
        ("slow_queries", Status.pending, 1.0, "A kind of statement takes over a second"),
        ("slow_queries", Status.firing, 0.0, "No longer: statements take over a second"),
        ("slow_queries", Status.resolved, 0.0, "No longer: statements take over a second"),
        ("database_unavailable", Status.firing, 1.0, "The database did not answer, once"),
        ("database_unavailable", Status.resolved, 0.0, "No longer: the database does not answer"),
        ("error_rate", Status.firing, 9.5, "9.5 % of requests fail"),  # held back above 9 %
        ("error_rate", Status.resolved, 16.7, "No longer: many requests fail"),  # nobody asks any more
    ],
)
def test_a_sentence_tells_what_is_wrong_or_that_it_is_over(name, status, value, sentence):
    rule = BY_NAME[name]
    alert = Alert(new_id(), name, status, rule.steps[0].severity, value, NOW, NOW)

    assert summary(alert, rule) == sentence


@pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])
def test_no_sentence_says_nought_of_what_is_over_or_one_of_many(rule):
    alert = Alert(new_id(), rule.name, Status.firing, rule.steps[0].severity, 1.0, NOW, NOW)

    assert not re.search(r"\b0\b", summary(replace(alert, status=Status.resolved, value=0.0), rule))
    assert not re.match(r"1 \w+s\b", summary(alert, rule))
