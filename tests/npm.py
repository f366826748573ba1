"""Programs of npm that proofs run beside ours: installed once into `var`, at one version; left out where that fails."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

HOME = Path(__file__).parents[1] / "var"
INSTALLING_SECONDS = 300


def installed(name: str, package: str, version: str, program: Path) -> tuple[str, str]:
    """Return Node and a program of a package, or skip the test, saying why.

    Two processes that install it at once do not disturb each other.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip(f"{name} needs Node and npm, which are not here")
    home = HOME / name / version
    if not (home / program).exists():
        home.parent.mkdir(parents=True, exist_ok=True)
        draft = tempfile.mkdtemp(dir=home.parent)
        command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", draft]
        made = subprocess.run(
            [*command, f"{package}@{version}"], capture_output=True, timeout=INSTALLING_SECONDS, check=False
        )
        if made.returncode:
            shutil.rmtree(draft)
            pytest.skip(f"npm cannot install {name}: {made.stderr.decode(errors='replace')[-300:]}")
        try:
            Path(draft).rename(home)
        except OSError:  # another was first
            shutil.rmtree(draft)
    return node, str(home / program)
