"""Run a command in this process: without the second that an interpreter takes to begin."""

from contextlib import chdir

from typer.testing import CliRunner

from app.cli import app
from app.core.config import Settings, environment_name

OURS = {*map(environment_name, Settings.model_fields), "API_KEY"}


def run(*arguments, directory, **variables):
    """Return exit code, output and errors, as `tests.cli.processes.booking` does, with only these settings."""
    with chdir(directory):
        result = CliRunner().invoke(app, arguments, env={**dict.fromkeys(OURS), **variables})
    return result.exit_code, result.stdout, result.stderr
