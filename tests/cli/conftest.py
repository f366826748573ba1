"""Processes that a test started are ended with it."""

import subprocess

import pytest


@pytest.fixture
def stop_at_the_end():
    processes: list[subprocess.Popen[str]] = []
    yield processes.append
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()
