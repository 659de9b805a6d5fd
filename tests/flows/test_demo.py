"""The demonstration, played as a new user plays it: every part of the service, for real."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main
from app.cli.folder_lock import only_one

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 250


@pytest.fixture
def demonstration(folder: Path) -> "Iterator[subprocess.Popen[str]]":
    """A demonstration under way in a folder; whatever a test does, it is stopped in good order."""
    process = start(folder)
    yield process
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)


def start(folder: Path) -> "subprocess.Popen[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COMMUNIQUE_")}
    return subprocess.Popen(
        [sys.executable, "-m", "app.cli", "demo", "--once"],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.timeout(280)
def test_the_demonstration_counts_every_mail_right_and_leaves_no_process_behind(folder, demonstration):
    begun = folder / "var" / "demo" / "log" / "web.log"
    while not begun.exists() and demonstration.poll() is None:
        time.sleep(0.1)
    second = start(folder)
    refused, _ = second.communicate(timeout=PATIENCE)
    assert second.returncode == 1
    assert f"A demonstration is running in var/demo (process {demonstration.pid})." in " ".join(refused.split())
    assert begun.exists()

    said, _ = demonstration.communicate(timeout=PATIENCE)
    assert demonstration.returncode == 0, said
    assert len(re.findall(r"│ right │", said)) == 12
    assert re.search(r"first statement: people who got it\s+│\s+1,003 │\s+1,003", said)
    assert re.search(r"second statement: people who got it\s+│\s+1,002 │\s+1,002", said)
    assert not processes_of(folder)


@pytest.mark.parametrize("lock", ["demo.lock", "up.lock"])
def test_a_demonstration_does_not_touch_the_folder_of_a_running_one(folder, monkeypatch, lock):
    monkeypatch.chdir(folder)
    kept = folder / "var" / "demo" / "postgres" / "base"
    kept.mkdir(parents=True)
    with only_one(folder / "var" / "demo" / lock, str):
        answer = CliRunner().invoke(main, ["demo", "--once"])
    assert answer.exit_code == 1
    assert f"A demonstration is running in var/demo (process {os.getpid()}). Stop it with Ctrl-C" in answer.output
    assert kept.is_dir()


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
