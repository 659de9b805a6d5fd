"""`communique staff`: accounts made and mended where the service is installed."""

import re

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from app.cli import main
from app.clock import utc_now
from app.models import AuditEntry, Role, StaffMember
from app.services import access
from app.services.access import mailed_links, recovery

ANA, TOM = "ana.lima@opendoors.example", "tom@opendoors.example"


@pytest.fixture
def run(settings, session):
    def call(*words: str) -> Result:
        return CliRunner().invoke(main, ["staff", *words], obj=settings, input="")

    return call


def done(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout


def role_of(session, address: str) -> Role:
    session.rollback()
    return session.scalars(select(StaffMember.role).where(StaffMember.email == address)).one()


def test_a_colleague_without_a_name_is_called_by_their_address(run, session):
    assert "Password (shown only now): " in done(run("add", ANA))
    assert session.scalars(select(StaffMember.name)).one() == "ana.lima"


def test_the_first_is_admin_and_of_all_others_the_role_is_asked(run, session):
    done(run("add", ANA))
    assert role_of(session, ANA) is Role.ADMIN
    refused = run("add", TOM)
    assert refused.exit_code == 1
    assert "Say what they may do: --role viewer, --role author, --role approver, --role admin" in refused.stderr
    done(run("add", TOM, "--role", "author"))
    assert role_of(session, TOM) is Role.AUTHOR


def test_a_password_that_names_the_organisation_is_refused(run, session):
    refused = run("add", ANA, "--password", "OpenDoors2026!")
    assert (refused.exit_code, "easy to guess" in refused.stderr) == (1, True)


def test_the_list_says_who_is_who(run, session):
    done(run("add", ANA))
    done(run("add", TOM, "--role", "viewer"))
    done(run("disable", TOM))
    first, second = done(run("list")).splitlines()
    assert re.fullmatch(rf"{ANA} +admin +password only, never seen", first)
    assert re.fullmatch(rf"{TOM} +viewer +password only, never seen, disabled", second)


def test_the_last_admin_can_neither_be_disabled_nor_made_less(run, session):
    done(run("add", ANA))
    for words in (("disable", ANA), ("change-role", ANA, "viewer")):
        refused = run(*words)
        assert (refused.exit_code, "last admin" in refused.stderr) == (1, True)
    assert role_of(session, ANA) is Role.ADMIN


def test_a_role_is_changed_and_somebody_let_in_again(run, session):
    done(run("add", ANA))
    done(run("add", TOM, "--role", "viewer"))
    done(run("change-role", TOM, "approver"))
    assert role_of(session, TOM) is Role.APPROVER
    done(run("disable", TOM))
    done(run("enable", TOM))
    assert session.scalars(select(StaffMember.is_enabled)).all() == [True, True]


def test_a_link_to_a_new_password_is_printed(run, session):
    done(run("add", ANA))
    key = re.search(r"http://localhost:8000/console/link/(\S+)", done(run("reset-password", ANA)))
    assert key
    assert mailed_links.find(session, key[1], now=utc_now()).staff_member.email == ANA


def test_a_lost_second_factor_is_taken_away(run, session):
    member = access.add_staff(session, ANA, "Ana", "correct horse battery")
    member.totp_secret = b"sealed"
    recovery.make(session, member)
    session.commit()
    assert run("reset-second-factor", ANA).exit_code == 2
    done(run("reset-second-factor", ANA, "--reason", "telephone lost"))
    session.refresh(member)
    assert (member.totp_secret, recovery.left(session, member)) == (None, 0)


def test_what_the_command_line_does_is_written_down(run, session):
    done(run("add", ANA))
    done(run("reset-second-factor", ANA, "--reason", "telephone lost"))
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(one.who, one.action, one.object_name) for one in entries] == [
        ("command line", "staff.add", ANA),
        ("command line", "staff.reset_second_factor", ANA),
    ]
    assert entries[1].details == {"reason": "telephone lost"}


@pytest.mark.parametrize("words", [("disable",), ("enable",), ("reset-password",), ("change-role",)])
def test_somebody_without_an_account_is_not_found(run, session, words):
    refused = run(*words, "nobody@opendoors.example", *(["viewer"] if words[0] == "change-role" else []))
    assert refused.exit_code == 1
    assert "Nobody with the address nobody@opendoors.example has an account" in refused.stderr
