"""The demonstration, played as a new user plays it: every part of the service, for real."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(280)
def test_the_demonstration_counts_every_mail_right_and_leaves_no_process_behind(folder):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COMMUNIQUE_")}
    played = subprocess.run(
        [sys.executable, "-m", "app.cli", "demo", "--once"],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=270,
        check=False,
    )
    assert played.returncode == 0, played.stdout + played.stderr
    assert played.stdout.count("right") == 9
    assert re.search(r"people who got it\s+│\s+1,002 │\s+1,002", played.stdout)
    assert not processes_of(folder)


def processes_of(folder: Path) -> list[str]:
    """Command lines of living processes that mention the folder or stand in it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            place = (process / "cwd").readlink()
        except OSError:
            continue
        if str(folder) in words or place.is_relative_to(folder):
            found.append(words)
    return found
