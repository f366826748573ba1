"""Fixtures of availability's tests."""

import os
import secrets
from random import Random

import pytest


@pytest.fixture
def rng() -> Random:
    """Chance of its own for one test; set PROVE_SEED to the seed that a failure prints to have the same again."""
    seed = int(os.environ.get("PROVE_SEED") or secrets.randbelow(2**32))
    print(f"\nPROVE_SEED={seed}")  # noqa: T201 - tells how to repeat it
    return Random(seed)
