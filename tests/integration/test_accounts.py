"""Roles are given and accounts disabled, and there is always somebody left who can let people in."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.database import sessions as factory
from app.errors import Conflict, Forbidden
from app.models import Passkey, Role, StaffMember, StaffSession
from app.services import access
from app.services.access import accounts, sessions
from app.services.access.sessions import Place
from app.services.audit import Actor, record
from tests.factories import NOW
from tests.flows.newsroom import at_once

PASSWORD = "correct horse battery"


def somebody(session, name: str, role: Role = Role.ADMIN) -> StaffMember:
    return access.add_staff(session, f"{name}@opendoors.example", name, PASSWORD, role=role)


@pytest.fixture
def ana(session):
    return somebody(session, "ana")


@pytest.fixture
def tom(session):
    return somebody(session, "tom", Role.AUTHOR)


def test_another_role_signs_somebody_out_and_the_same_role_does_not(session, ana, tom):
    sessions.begin(session, tom, Place(), now=NOW)
    assert accounts.change_role(session, tom, Role.AUTHOR, by=ana) is Role.AUTHOR
    assert len(session.scalars(select(StaffSession)).all()) == 1
    assert accounts.change_role(session, tom, Role.APPROVER, by=ana) is Role.AUTHOR
    assert (tom.role, session.scalars(select(StaffSession)).all()) == (Role.APPROVER, [])


def test_nobody_changes_their_own_role_or_disables_themselves(session, ana):
    somebody(session, "mia")
    with pytest.raises(Conflict, match="own role"):
        accounts.change_role(session, ana, Role.VIEWER, by=ana)
    with pytest.raises(Conflict, match="own account"):
        accounts.disable(session, ana, by=ana)


def test_the_last_admin_stays_admin_and_stays_in(session, ana, tom):
    somebody(session, "mia").is_enabled = False
    session.flush()
    with pytest.raises(Conflict, match="last admin"):
        accounts.change_role(session, ana, Role.VIEWER, by=None)
    with pytest.raises(Conflict, match="last admin"):
        accounts.disable(session, ana, by=None)
    accounts.disable(session, tom, by=None)
    assert accounts.has_admin(session)


def test_two_admins_who_disable_each_other_at_once_are_not_both_out(session, engine):
    ana, mia = somebody(session, "ana"), somebody(session, "mia")
    session.commit()

    def disable(whom: int, by: int) -> bool:
        with factory(engine)() as own:
            try:
                accounts.disable(own, accounts.get(own, whom), by=accounts.get(own, by))
                own.commit()
            except Conflict:
                return False
        return True

    done = at_once(lambda: disable(ana.id, mia.id), lambda: disable(mia.id, ana.id))
    assert sorted(done) == [False, True]


def test_who_was_invited_has_no_password_that_fits(session):
    accounts.invite(session, "new@opendoors.example", "New", Role.VIEWER)
    for password in ("", "x", PASSWORD):
        with pytest.raises(Forbidden):
            access.sign_in(session, "new@opendoors.example", password, now=NOW)


def test_the_list_says_who_has_a_second_factor_and_who_was_seen_when(session, ana, tom):
    mia = somebody(session, "mia", Role.VIEWER)
    ana.totp_secret = b"sealed"
    session.add(Passkey(staff_member_id=tom.id, credential_id=b"1", public_key=b"2", name="Laptop"))
    mia.is_enabled = False
    sessions.begin(session, ana, Place(), now=NOW)
    record(session, Actor.of(tom), accounts.SIGNED_IN, now=NOW - timedelta(days=3))
    session.flush()
    found = [(one.member.name, one.has_second_factor, one.seen_at) for one in accounts.every(session)]
    assert found == [("ana", True, NOW), ("tom", True, NOW - timedelta(days=3)), ("mia", False, None)]
