"""docs/sandbox.md says what is so: its examples run as pasted, its table has every fault."""

import os
import re
import subprocess
from pathlib import Path

from app.sandbox.faults import OF_ANY_REQUEST, OF_WHAT_IS_MADE
from tests.sandbox import ACCOUNTS
from tests.shell import path_of

PAGE = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text()


def test_the_examples_run_as_pasted(outside, service, tmp_path):
    script = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL))
    names = {
        "SANDBOX": outside.url,
        "URL": service.url,
        "ACCOUNT": ACCOUNTS.twilio_sid,
        "TOKEN": ACCOUNTS.twilio_token,
    }
    ran = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", script],
        env={**os.environ, **names, "PATH": path_of(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert ran.returncode == 0, ran.stderr
    assert '"error_code":30003' in ran.stdout
    assert service.received[0].path == "/webhooks/twilio/inbound"


def test_the_table_has_every_fault():
    rows = dict(re.findall(r"^\| `(.+?)` \| (.+?) \|$", PAGE, flags=re.MULTILINE))

    assert rows == {**OF_ANY_REQUEST, **OF_WHAT_IS_MADE}
