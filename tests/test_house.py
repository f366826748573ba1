"""The house: the same doors in every room, and nothing too long to read at once."""

import ast
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[1]
APP = ROOT / "app"
NOT_ROOMS = {"core", "cli"}
DOORS = {"__init__", "models", "schemas", "errors", "events", "rules", "service", "router", "jobs", "commands"}
LONGEST_FILE, LONGEST_FUNCTION, MEDIAN_FILE = 300, 40, 80

SOURCES = sorted(path for folder in ("app", "tests", "migrations") for path in (ROOT / folder).rglob("*.py"))


def name(path):
    return str(path.relative_to(ROOT))


def length(path):
    return len(path.read_text().splitlines())


def syntax(path):
    return ast.parse(path.read_text(), str(path))


def rooms():
    """Every package under `app` that is a room, or a room within one; a door may be a package of any files."""
    for opening in sorted(APP.rglob("__init__.py")):
        inside = opening.parent.relative_to(APP).parts
        if inside and inside[0] not in NOT_ROOMS and not DOORS.intersection(inside):
            yield opening.parent


@pytest.mark.parametrize("room", list(rooms()), ids=name)
def test_a_room_has_only_the_known_doors_or_says_why_in_its_docstring(room):
    reasons = ast.get_docstring(syntax(room / "__init__.py")) or ""
    names = {path.stem for path in room.glob("*.py")}

    assert [door for door in sorted(names - DOORS) if f"`{door}`" not in reasons] == []


def test_every_module_says_what_it_is():
    assert [name(path) for path in SOURCES if ast.get_docstring(syntax(path)) is None] == []


def test_no_file_is_too_long_to_read_at_once():
    assert {name(path): length(path) for path in SOURCES if length(path) > LONGEST_FILE} == {}


def test_the_usual_file_is_short():
    assert median(length(path) for path in APP.rglob("*.py")) <= MEDIAN_FILE


def test_no_function_is_too_long_to_read_at_once():
    long = {}
    for path in SOURCES:
        for node in ast.walk(syntax(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    long[f"{name(path)}: {node.name}"] = lines

    assert long == {}
