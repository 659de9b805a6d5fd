"""The table of permissions, walked: every route of the console × every role, with real requests (ASVS 8.2)."""

import ast
import re
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from sqlalchemy import select, update

from app.clock import utc_now
from app.console.audit_words import actions
from app.console.door import KEY
from app.models import (
    Delivery,
    DeliveryKind,
    DeliveryState,
    Passkey,
    RawReport,
    ReportSource,
    ReportState,
    Role,
    StaffMember,
)
from app.permissions import PERMISSIONS, Permission, may
from app.services import access
from app.services.access import sessions
from app.services.access.sessions import Place
from app.settings import PROJECT
from app.tokens import Purpose, Tokens
from tests import factories
from tests.integration.importing import begin
from tests.rules.test_routes import dump
from tests.samples import FOREIGN, OWN, World

PASSWORD = "correct horse battery"
MOVING = {"staff_sessions"}
ADDRESS = "ana@opendoors.example"
ACTION = re.compile(r"[a-z_]+\.[a-z_]+")


@dataclass(frozen=True)
class Call:
    """One route and one method of it."""

    endpoint: str
    method: str
    permission: Permission
    arguments: frozenset[str] = field(default_factory=frozenset)

    def __str__(self) -> str:
        return f"{self.method} {self.endpoint}"


def calls(app) -> list[Call]:
    """Everything that staff can ask for."""
    found = []
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if getattr(view, "access", None) == "staff":
            found += [
                Call(rule.endpoint, method, view.permission, frozenset(rule.arguments))
                for method in sorted(rule.methods & {"GET", "POST", "PUT", "PATCH", "DELETE"})
            ]
    return sorted(found, key=lambda call: call.method)


def test_every_route_of_staff_takes_a_permission_of_the_table(app):
    assert [str(call) for call in calls(app) if not isinstance(call.permission, Permission)] == []
    assert {call.permission for call in calls(app)} == set(Permission), "a permission that no route asks for"


def test_every_argument_of_a_route_has_a_sample(app):
    unknown = {name for call in calls(app) for name in call.arguments} - OWN.keys()
    assert unknown == set(), f"add to tests/samples.py an object for {sorted(unknown)}"


def test_higher_roles_may_what_lower_ones_may():
    roles = list(Role)
    assert set(PERMISSIONS) == set(roles)
    for lower, higher in pairwise(roles):
        assert PERMISSIONS[lower] < PERMISSIONS[higher]
    assert PERMISSIONS[Role.ADMIN] == set(Permission)


@pytest.fixture
def world(session, settings, app, monkeypatch):
    """A little of everything. Requests need no CSRF token here: that they do is asked in test_routes."""
    monkeypatch.setitem(app.config, "WTF_CSRF_METHODS", set())
    for limiter in app.extensions["limiter"]:
        limiter.reset()
    member = access.add_staff(session, ADDRESS, "Ana", PASSWORD)
    colleague = access.add_staff(session, "ben@opendoors.example", "Ben", PASSWORD)
    access.add_staff(session, "cleo@opendoors.example", "Cleo", PASSWORD)
    reader = factories.subscriber(session, settings, "reader@example.org")
    campaign = factories.campaign(session)
    delivery = Delivery(
        kind=DeliveryKind.STATEMENT,
        state=DeliveryState.SENT,
        subscriber_id=reader.id,
        campaign_id=campaign.id,
        sent_at=factories.NOW,
    )
    keys = [
        Passkey(staff_member_id=one.id, credential_id=bytes([one.id]), public_key=b"k", name="Key")
        for one in (member, colleague)
    ]
    report = RawReport(
        source=ReportSource.PIPE, state=ReportState.REVIEW, digest=bytes(32), octets=1, content=b"x", note="Unreadable"
    )
    session.add_all([delivery, report, *keys])
    imported = begin(session, "email\nana@example.org\n")
    session.commit()
    return World(
        colleague=colleague.id,
        topic="statements",
        statement=campaign.statement_id,
        campaign=campaign.public_id,
        delivery=delivery.id,
        report=report.id,
        reader=Tokens(settings.signing_keys).make(Purpose.PERSON, reader.id),
        imported=imported.id,
        own_passkey=keys[0].id,
        other_passkey=keys[1].id,
    )


def ask(app, session, world, role: Role, call: Call, samples) -> tuple[int, str]:
    """One request by somebody in this role who has just signed in; gives the status and the page."""
    session.rollback()
    session.execute(update(StaffMember).where(StaffMember.email == ADDRESS).values(role=role, is_enabled=True))
    member = session.scalars(select(StaffMember).where(StaffMember.email == ADDRESS)).one()
    key = sessions.begin(session, member, Place(), now=utc_now())
    session.commit()
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie[KEY] = key
    values = {name: samples[name](world) for name in call.arguments}
    path = app.url_map.bind("localhost").build(call.endpoint, values)
    with client.open(path, method=call.method, data={} if call.method != "GET" else None) as answer:
        return answer.status_code, answer.get_data(as_text=True)


@pytest.mark.parametrize("role", list(Role))
def test_what_a_role_may_not_do_is_refused_with_a_page_that_says_who_can_help_and_changes_nothing(
    app, session, world, role
):
    before = {name: rows for name, rows in dump(session).items() if name not in MOVING}
    for call in calls(app):
        if not may(role, call.permission):
            status, page = ask(app, session, world, role, call, OWN)
            assert status == 403, f"{role} {call}: {status}"
            assert "Your role is" in page, str(call)
            assert "Ben" in page, str(call)
    session.execute(update(StaffMember).where(StaffMember.email == ADDRESS).values(role=Role.ADMIN))
    session.commit()
    assert {name: rows for name, rows in dump(session).items() if name not in MOVING} == before


@pytest.mark.parametrize("role", list(Role))
def test_what_a_role_may_do_is_not_refused(app, session, world, role):
    for call in calls(app):
        if may(role, call.permission):
            status, page = ask(app, session, world, role, call, OWN)
            assert "Your role is" not in page, f"{role} {call}: {status}"
            assert status < 500, f"{role} {call}: {status}"


@pytest.mark.parametrize("role", list(Role))
def test_what_belongs_to_a_colleague_is_refused_whatever_the_role(app, session, world, role):
    asked = [call for call in calls(app) if call.arguments & FOREIGN.keys() and may(role, call.permission)]
    assert asked
    for call in asked:
        status, _ = ask(app, session, world, role, call, OWN | FOREIGN)
        assert status in {403, 404}, f"{role} {call}: {status}"


def noted() -> dict[str, str]:
    """Every action that is written down anywhere, by where that is."""
    found = {}
    for path in sorted(PROJECT.glob("app/**/*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                if name in {"note", "record", "demand_export"}:
                    for argument in node.args:
                        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                            found[argument.value] = f"{path.relative_to(PROJECT)}:{node.lineno}"
    return {action: place for action, place in found.items() if ACTION.fullmatch(action)}


def test_every_action_in_the_audit_log_has_words(app):
    with app.test_request_context():
        known = actions()
    assert {action: place for action, place in noted().items() if action not in known} == {}
    assert list(known) == sorted(known)
