"""Sign-ups for addresses of roles, on which staff decide, while more is asked for at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep

from sqlalchemy import select, text

from app.database import sessions
from app.mail.address import EmailAddress
from app.models import ConsentEvent, Delivery, Role, SignupApproval, StaffMember, Subscriber
from app.services import access, role_addresses, signup, subscribers, topics
from app.services.consent import Origin
from app.services.signup import Ask, Terms
from tests.factories import NOW

ABUSE = EmailAddress.parse("abuse@example.org")


def ask(session, settings, slug):
    wanted = Ask(ABUSE, [topics.ensure(session, slug, slug.title())], "en")
    terms = Terms(needs_approval=True)
    return signup.request(session, wanted, Origin("/subscribe"), settings=settings, now=NOW, terms=terms)


def until_somebody_waits(session):
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    deadline = monotonic() + 10
    while not session.scalar(waiting):
        assert monotonic() < deadline
        sleep(0.01)


def test_a_decision_waits_for_the_sign_up_of_the_same_moment_and_answers_it(database, session, settings):
    access.add_staff(session, "ana@opendoors.example", "Ana", "a password that is long enough").role = Role.ADMIN
    ask(session, settings, "statements")
    topics.ensure(session, "events", "Events")
    session.commit()
    approval_id = session.scalars(select(SignupApproval.id)).one()

    def approve():
        with sessions(database)() as own:
            by = own.scalars(select(StaffMember)).one()
            role_addresses.decide(own, approval_id, is_approved=True, by=by, now=NOW)
            own.commit()

    subscribers.known(session, session.scalars(select(Subscriber.id)).one())
    with ThreadPoolExecutor(1) as pool:
        decision = pool.submit(approve)
        until_somebody_waits(session)
        ask(session, settings, "events")
        session.commit()
        decision.result(10)
    newest = session.scalars(select(ConsentEvent.id).order_by(ConsentEvent.id.desc())).first()
    assert session.scalars(select(Delivery.consent_event_id)).all() == [newest]
