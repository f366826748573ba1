"""Run a command in this process: without the second that an interpreter takes to begin."""

import signal
from contextlib import chdir
from threading import current_thread, main_thread

from typer.testing import CliRunner

from app.cli import app
from app.core.config import Settings, environment_name
from tests.fixtures.logs import listening

OURS = {*map(environment_name, Settings.model_fields), "API_KEY"}


def run(*arguments, directory, **variables):
    """Return exit code, output and errors, as `tests.cli.processes.booking` does, with only these settings.

    What it sets up for a process of its own, logs and the end by a signal, is as before afterwards.
    """
    ending = signal.getsignal(signal.SIGTERM)
    try:
        with chdir(directory), listening("json", "warning"):
            result = CliRunner().invoke(app, arguments, env={**dict.fromkeys(OURS), **variables})
    finally:
        if current_thread() is main_thread():  # nobody else can have set it
            signal.signal(signal.SIGTERM, ending)
    return result.exit_code, result.stdout, result.stderr
