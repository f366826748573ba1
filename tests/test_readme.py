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


def test_every_link_to_a_heading_leads_to_one() -> None:
    pages = {path: path.read_text() for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]}
    links = [
        (path, (path.parent / file).resolve() if file else path, heading)
        for path, page in pages.items()
        for file, heading in re.findall(r"\]\((?!https?://)([^)#\s]*)#([^)\s]+)\)", page)
    ]

    lost = [(path.name, heading) for path, target, heading in links if heading not in _headings(pages[target])]

    assert len(links) >= 3
    assert lost == []


def _headings(page: str) -> set[str]:
    """Return what the headings of a page are linked by: lower case, without punctuation, `-` for each space."""
    lines = re.findall(r"^#+ (.*)$", page, flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", line.strip().lower()).replace(" ", "-") for line in lines}
