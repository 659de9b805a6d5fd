"""The guard of the sign-up form in the console: the banner, the switch, and addresses of roles."""

import pytest
from sqlalchemy import select

from app.clock import utc_now
from app.models import AuditEntry, Delivery, DeliveryKind, SignupApproval, SignupAttack
from tests.flows.newsletter import Newsletter

PAGE = "/console/subscribers"


@pytest.fixture
def form(app, newsroom, unguarded):
    return Newsletter.of(app, newsroom)


def mails(session):
    session.rollback()
    return session.scalars(select(Delivery.kind)).all()


def test_an_attack_shows_on_every_page_until_it_is_over(office, newsroom):
    assert "under attack" not in office.open("/console/").text
    newsroom.add(SignupAttack(began_at=utc_now(), most=500, usual=100))
    newsroom.commit()
    for page in ("/console/", PAGE):
        assert "The sign-up form is under attack" in office.open(page).text
    newsroom.scalars(select(SignupAttack)).one().ended_at = utc_now()
    newsroom.commit()
    assert "under attack" not in office.open("/console/").text


def test_staff_switch_the_guard_on_and_browsers_have_work_to_do(office, form):
    assert "data-work" not in form.get("/subscribe").text
    office.open("/console/settings").press("Save settings", signup_guard="on")
    assert 'data-work="15"' in form.get("/subscribe").text
    assert "because somebody has set it so" in office.open("/console/").text
    form.sign_up("ana@example.org")
    assert form.mails("ana@example.org")[0].next_attempt_at > utc_now()
    office.open("/console/settings").press("Save settings", signup_guard="auto")
    assert "data-work" not in form.get("/subscribe").text


def test_the_address_of_a_role_is_asked_only_if_staff_say_so(office, newsroom, form):
    for name in ("abuse", "postmaster", "noc+news"):
        form.sign_up(f"{name}@example.org")
    form.sign_up("abuse@example.org")
    page = office.open(PAGE)
    assert page.text.count("Ask abuse@example.org to confirm") == 1
    assert "A confirmation is on its way." in page.press("Ask abuse@example.org to confirm").text
    assert mails(newsroom) == [DeliveryKind.CONFIRMATION]
    assert form.confirm("abuse@example.org").status_code == 200
    assert "Nothing is sent there." in office.open(PAGE).press("Send nothing to postmaster@example.org").text
    assert mails(newsroom) == [DeliveryKind.CONFIRMATION]
    form.sign_up("postmaster@example.org")
    assert "postmaster@example.org to confirm" not in office.open(PAGE).text
    done = newsroom.scalars(select(AuditEntry.action).where(AuditEntry.action.like("subscriber.%_role"))).all()
    assert sorted(done) == ["subscriber.approve_role", "subscriber.refuse_role"]


def test_of_two_who_decide_the_first_counts(office, newsroom, form):
    form.sign_up("abuse@example.org")
    first, second = office.open(PAGE), office.open(PAGE)
    first.press("Send nothing to abuse@example.org")
    assert "Somebody has decided this already." in second.press("Ask abuse@example.org to confirm").text
    assert mails(newsroom) == []
    assert newsroom.scalars(select(SignupApproval.is_approved)).all() == [False]
