"""`booking run`, which is `make run`: the greeting's commands work as pasted, and the data stays."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.cli.processes import finish, free_port, start

ROOT = Path(__file__).parents[2]


def greet(process):
    """Read what is printed until all is up."""
    lines: list[str] = []
    while not lines or not lines[-1].startswith("Ctrl-C stops everything"):
        lines.append(process.stdout.readline())
        assert lines[-1], process.communicate()
    return "".join(lines)


def pasted(greeting):
    """Run the commands of a greeting as a shell would, each in its own."""
    commands = [line.strip() for line in greeting.splitlines() if line.strip().startswith("curl")]
    answers = [subprocess.run(command, shell=True, capture_output=True, check=True).stdout for command in commands]
    return [json.loads(answer) for answer in answers]


def tour(directory, port):
    """Run the README's tour as pasted, on another port, and return its last list."""
    script = "\n".join(re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL))
    (directory / ".venv").symlink_to(sys.prefix)
    command = ["bash", "-eu", "-o", "pipefail", "-c", script.replace("127.0.0.1:8000", f"127.0.0.1:{port}")]
    ran = subprocess.run(command, cwd=directory, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    booked = [line for line in ran.stdout.splitlines() if line.startswith("booked ")]
    assert ["confirmed" in line for line in booked] == [True, True], ran.stdout
    lines = ran.stdout.replace("}{", "}\n{").splitlines()
    answers = [json.JSONDecoder().raw_decode(line)[0] for line in lines if line.startswith("{")]
    said = {answer.get(word) for answer in answers for word in ("status", "code", "reason")}
    assert {"confirmed", "closed", "expired"} <= said
    lists: list[dict[str, Any]] = [answer for answer in answers if "items" in answer]
    return lists[-1]


def test_everything_runs_as_pasted_and_a_second_run_keeps_the_data(tmp_path, stop_at_the_end):
    directory = tmp_path / "a path with spaces"
    directory.mkdir()
    port = free_port()
    first = start("run", directory=directory, PORT=str(port))
    stop_at_the_end(first)
    greeting = greet(first)
    available, booked, cancelled = pasted(greeting)
    toured = tour(directory, port)
    first.send_signal(signal.SIGINT)

    assert available["slots"][0]["startsAt"] == booked["startsAt"]
    assert booked["status"] == "confirmed"
    assert (cancelled["id"], cancelled["status"]) == (booked["id"], "cancelled")
    assert [event["type"] for event in toured["items"]] == ["confirmed", "cancelled"]
    assert finish(first) == (0, "", "")
    assert not (directory / "var" / "postgres" / "data" / "postmaster.pid").exists()

    second = start("run", directory=directory, PORT=str(port))
    stop_at_the_end(second)
    greet(second)
    key = re.findall("X-API-Key: ([^'\" ]+)", greeting)[0]
    kept, *_ = pasted(f"curl -s -H 'X-API-Key: {key}' http://127.0.0.1:{port}/api/bookings/{booked['id']}")
    second.send_signal(signal.SIGTERM)

    assert kept == cancelled
    assert finish(second)[0] == 0
