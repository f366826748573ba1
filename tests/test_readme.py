"""The README says what is so: its table of settings, its commands, its links."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.cli.settings import as_markdown

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_the_table_of_settings_is_the_one_that_the_class_gives() -> None:
    between = README.split("<!-- settings: made by `booking settings` -->")[1].split("<!-- end of settings -->")[0]
    assert between.strip() == as_markdown()


def test_every_command_that_the_readme_names_exists() -> None:
    lines = re.findall(r"^booking (.+?)  ", README, flags=re.MULTILINE)
    assert len(lines) >= 8
    for line in lines:
        words = line.split()
        verbs = [word for word in words[1:] if word.isalpha() and word.islower()]
        for verb in verbs or [""]:
            arguments = [part for part in (words[0], verb, "--help") if part]
            assert CliRunner().invoke(app, arguments).exit_code == 0, arguments


@pytest.mark.parametrize("page", [README, *(path.read_text() for path in sorted((ROOT / "docs").glob("*.md")))])
def test_every_link_leads_to_a_file(page: str) -> None:
    for link in re.findall(r"\]\((?!https?://)([^)#]+)", page):
        assert (ROOT / link).exists() or (ROOT / "docs" / link).exists(), link
