"""Looking at a campaign before it is sent, for the tests of its checks; and a campaign that was sent before."""

from datetime import timedelta

from sqlalchemy import select

from app.models import Campaign, CampaignState, Delivery, DeliveryKind, DeliveryState, Subscriber
from app.services import preflight
from app.services.preflight import Outside
from tests import factories

NOW = factories.NOW
HASH = b"h" * 32


def looked(session, press, campaign, **options):
    options = {"now": NOW, "content_hash": HASH, "outside": Outside.silent(), **options}
    return preflight.look(session, press, campaign, **options)


def found(look, check):
    return [finding for finding in look.findings if finding.check == check]


def sent_campaign(session, settings, number, **fields):
    """An earlier campaign that went to so many people, made in the rows themselves."""
    statement = factories.statement(session, fields.pop("title", "An earlier statement"))
    earlier = Campaign(
        statement=statement, subject=fields.pop("subject", statement.title), topics=list(statement.topics),
        state=CampaignState.SENT, started_at=NOW - timedelta(days=7), planned_at=NOW - timedelta(days=7),
        finished_at=NOW - timedelta(days=7), **fields,
    )  # fmt: skip
    session.add(earlier)
    session.flush()
    people = session.scalars(select(Subscriber).order_by(Subscriber.id).limit(number)).all()
    session.add_all(
        Delivery(
            kind=DeliveryKind.STATEMENT, state=DeliveryState.SENT, sent_at=NOW, subscriber_id=person.id,
            campaign_id=earlier.id,
        )
        for person in people
    )  # fmt: skip
    session.flush()
    return earlier
