"""Every process knows every job: who emits without knowing a subscriber leaves no job for it, and nobody notices."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REGISTERS = re.compile(r"^@(subscribe|periodic)\(", re.MULTILINE)


def place(module):
    """The file of a module of ours, if it is one."""
    path = ROOT.joinpath(*module.split("."))
    return next((each for each in (path.with_suffix(".py"), path / "__init__.py") if each.exists()), None)


@cache
def imports(module):
    """The modules of ours that one imports when it is imported, with the packages on the way."""
    found = set()
    for statement in ast.parse(place(module).read_text()).body:
        names = []
        if isinstance(statement, ast.Import):
            names = [each.name for each in statement.names]
        elif isinstance(statement, ast.ImportFrom) and statement.module:
            names = [statement.module, *(f"{statement.module}.{each.name}" for each in statement.names)]
        for parts in (name.split(".") for name in names if name.startswith("app.")):
            found |= {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
    return {each for each in found if place(each)}


def all_that_comes_with(*modules):
    known, new = set(), set(modules)
    while new:
        known |= new
        new = {name for module in new for name in imports(module)} - known
    return known


REGISTERING = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "app").rglob("*.py")
    if REGISTERS.search(path.read_text())
}


@pytest.mark.parametrize(
    "starts", [("app.worker",), ("app.main", "app.jobs.runner")], ids=["booking worker", "make run"]
)
def test_a_process_that_works_has_every_job_and_every_periodic_task(starts):
    assert {"app.bookings.jobs", "app.jobs.jobs"} <= REGISTERING
    assert REGISTERING - all_that_comes_with(*starts) == set()


def test_a_server_knows_who_hears_of_what_it_does():
    hears = {module for module in REGISTERING if "@subscribe(" in place(module).read_text()}

    assert hears - all_that_comes_with("app.main") == set()
