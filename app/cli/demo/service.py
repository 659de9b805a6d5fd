"""The demonstration's own service: made-up settings in a folder that is emptied each time, and `communique up`."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from app.cli.demo.ports import free_port
from app.cli.folder_lock import SERVICE_LOCK, only_one
from app.embedded import with_urls
from app.errors import Conflict
from app.settings import PREFIX, Settings
from app.settings_loading import FILE_VARIABLE, load_settings

FOLDER = Path("var/demo")
DEMO_LOCK = "demo.lock"
_SETTINGS = "communique.env"
_READY_WITHIN = 120.0
_STOP_WITHIN = 100.0


@contextmanager
def running(folder: Path = FOLDER) -> Iterator[Settings]:
    """Empty the folder and run `communique up` on it for as long as the block lasts.

    Raises Conflict if a demonstration runs there already, or, with the end of its log, if the service doesn't come up.
    """
    refusal = partial(_refusal, folder)
    place = folder.resolve()
    place.mkdir(parents=True, exist_ok=True)
    with only_one(place / DEMO_LOCK, refusal):
        with only_one(place / SERVICE_LOCK, refusal):  # a service can outlive the demonstration that started it
            _empty(place)
        with _up(_write_settings(place)) as settings:
            yield settings


def settings_file(settings: Settings) -> Path:
    """The file that other commands need in order to mean this service."""
    return settings.var_dir / _SETTINGS


def _refusal(folder: Path, holder: str) -> str:
    return f"A demonstration is running in {folder} (process {holder}). Stop it with Ctrl-C, or with: kill {holder}"


def _empty(folder: Path) -> None:
    """Remove all but the locks, which would be worth nothing once their files were others."""
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry.name not in {DEMO_LOCK, SERVICE_LOCK}:
            entry.unlink()


def _write_settings(folder: Path) -> Path:
    web, smtp = free_port(8000), free_port(1025)
    values = {
        "ENVIRONMENT": "demo",
        "VAR_DIR": str(folder),
        "SECRET_KEYS": secrets.token_urlsafe(48),
        "ADDRESS_PEPPER": secrets.token_urlsafe(48),
        "PORT": str(web),
        "PUBLIC_URL": f"http://localhost:{web}",
        "SMTP_URL": f"smtp://127.0.0.1:{smtp}",
        "STATEMENTS_FROM": "Open Doors International <news@opendoors.example>",
        "SERVICE_FROM": "Open Doors International <hello@mail.opendoors.example>",
        "ORGANISATION": "Open Doors International",
        "POSTAL_ADDRESS": r"12 Ramp Street\nExampleton EX1 2AB",
        "CONTACT_EMAIL": "office@opendoors.example",
        "CONTACT_PHONE": "+41 22 555 01 40",
        "SUBJECT_MATTER": "the rights of disabled people",
        "SUBJECT_MATTER_IN": "fr=les droits des personnes handicapées; de=die Rechte behinderter Menschen; "
        "es=los derechos de las personas con discapacidad; ar=حقوق الأشخاص ذوي الإعاقة",
        "LANGUAGES": "en,fr,de,es,ar",
        "FOOTER_TEXT": "Open Doors International is made up for this demonstration.",
        "UNDO_SECONDS": "0",
        # everybody who tries it out comes from this machine, and the first of them is a robot
        "SIGNUP_LIMITS": "form_seconds=0 network_hour=1000 network_day=10000 domain_hour=1000",
    }
    file = folder / _SETTINGS
    file.write_text("".join(f"{PREFIX}{name}='{value}'\n" for name, value in values.items()), encoding="utf-8")
    return file


@contextmanager
def _up(file: Path) -> Iterator[Settings]:
    log = file.with_name("up.log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "up"],
            env=_environment(file),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait(process, load_settings({}, file), log)
        yield with_urls(load_settings({}, file))
    finally:
        _stop(process)


def _environment(file: Path) -> dict[str, str]:
    """The environment in which every command means this service and no other."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return {**own, FILE_VARIABLE: str(file)}


def _wait(process: "subprocess.Popen[bytes]", settings: Settings, log: Path) -> None:
    deadline = time.monotonic() + _READY_WITHIN
    while not _healthy(settings):
        if process.poll() is not None or time.monotonic() > deadline:
            raise Conflict(f"The service did not come up. The end of {log}:\n{log.read_text(errors='replace')[-1500:]}")
        time.sleep(0.1)


def _healthy(settings: Settings) -> bool:
    try:
        with urllib.request.urlopen(f"{settings.public_url}/health", timeout=2) as answer:  # noqa: S310
            return int(answer.status) == 200
    except (urllib.error.URLError, OSError):
        return False


def _stop(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
