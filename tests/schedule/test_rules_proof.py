"""The rules against an oracle that looks at every minute, in zones whose clocks change."""

import os
import secrets

import hypothesis
import pytest
from hypothesis import HealthCheck, given, settings

from app.schedule.rules import Ask, offers, refusal
from tests.schedule import oracle
from tests.schedule.questions import Question, questions

UNHURRIED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def check(question: Question) -> None:
    """Compare the rules with the oracle, for the whole span and for a part of it, and what is refused with both."""
    terms, agendas, ask, part, instants = question
    right = oracle.answer(terms, agendas, ask)
    whole = offers(terms, agendas, ask)
    assert whole == right.offered
    assert list(whole) == list(right.offered)

    within = offers(terms, agendas, Ask(*part, ask.now, ask.seats))
    assert within == {at: able for at, able in whole.items() if part[0] <= at < part[1]}

    name = agendas[-1].resource
    named = offers(terms, agendas, ask, only=name)
    assert named == {at: able if terms.assign == "all" else [name] for at, able in whole.items() if name in able}

    for at in (*right.grid[:: max(1, len(right.grid) // 5)], *instants):
        refused = refusal(terms, agendas, at, now=ask.now, seats=ask.seats)
        if ask.start <= at < ask.end:
            assert (refused is None) == (at in whole)
        if len(agendas) == 1 and terms.grid == "window":
            assert (refused and refused.reason) == oracle.reason(terms, agendas[0], at, ask.now, ask.seats)


@settings(max_examples=200, deadline=None, database=None, suppress_health_check=UNHURRIED)
@given(questions(most=3))
def test_rules_offer_exactly_what_the_oracle_finds(question):
    check(question)


@pytest.mark.prove
@pytest.mark.parametrize("most", [1, 3])
def test_rules_offer_exactly_what_the_oracle_finds_at_length(most):
    seed = int(os.environ.get("PROVE_SEED") or secrets.randbelow(2**32))
    print(f"\nPROVE_SEED={seed}")  # noqa: T201 - a proof says how to repeat it

    @hypothesis.seed(seed)
    @settings(max_examples=5_000, deadline=None, database=None, suppress_health_check=UNHURRIED)
    @given(questions(most=most))
    def prove(question):
        check(question)

    prove()
