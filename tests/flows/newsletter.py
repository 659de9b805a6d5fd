"""A newsletter under test, driven as its readers drive it: verbs over HTTP, answers as they would see them.

`Newsletter` takes a Flask test client; what a reader gets by mail (links) is read from the ledger and signed as the
mail would sign it.
"""

import re
from dataclasses import dataclass
from datetime import date
from html import unescape
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.clock import utc_now
from app.models import Base, Campaign, Delivery, Statement, Subscriber, Subscription, SubscriptionState, Topic
from app.services import statements, topics
from app.services.statements import Content
from app.web.installation import Installation

_FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
ONE_CLICK = b"List-Unsubscribe=One-Click"


@dataclass
class Newsletter:
    """The service and one person in front of a browser without cookies and JavaScript."""

    app: Flask
    session: Session
    client: FlaskClient

    @classmethod
    def of(cls, app: Flask, session: Session) -> "Newsletter":
        """A newsletter with a browser that keeps no cookie."""
        return cls(app, session, app.test_client(use_cookies=False))

    @property
    def installation(self) -> Installation:
        return self.app.extensions["communique"]

    # What the press office does

    def offer(self, *slugs: str) -> list[Topic]:
        """Open topics to readers, named by their slugs."""
        made = [topics.ensure(self.session, slug, slug.capitalize(), position=n) for n, slug in enumerate(slugs)]
        self.session.commit()
        return made

    def publish(self, title: str, *, topic: str = "statements", body: str = "What we say.", **rest: Any) -> Statement:
        """Put a statement into the archive."""
        chosen = topics.ensure(self.session, topic, topic.capitalize())
        values = {"issued_on": date(2026, 11, 20), "language": "en", "topic_ids": (chosen.id,), **rest}
        statement = statements.create(self.session, Content(title=title, body=body, **values))
        statements.publish(self.session, statement, utc_now())
        self.session.commit()
        return statement

    def campaign(self, *slugs: str) -> Campaign:
        """A campaign to these topics, as the one whose mail brought an unsubscribe link."""
        statement = self.publish(f"News for {' and '.join(slugs)}", topic=slugs[0])
        found = [topics.find(self.session, slug) for slug in slugs]
        campaign = Campaign(statement=statement, subject=statement.title, topics=[t for t in found if t])
        self.session.add(campaign)
        self.session.commit()
        return campaign

    # What a reader does

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, headers=headers)

    def form(self, path: str = "/subscribe") -> dict[str, str]:
        """The hidden fields of a page's form."""
        return hidden_fields(self.client.get(path).text)

    def sign_up(self, address: str, *chosen: str, **rest: Any) -> TestResponse:
        """Open the form, fill it in, press the button."""
        data = {**self.form(), "email": address, "topic": list(chosen) or ["statements"], **rest}
        return self.client.post("/subscribe", data=data)

    def open(self, link: str) -> TestResponse:
        return self.client.get(self.path(link))

    def press(self, link: str, **fields: Any) -> TestResponse:
        """Press a button on the page behind a link."""
        return self.client.post(self.path(link), data=fields)

    def confirm(self, address: str) -> TestResponse:
        """Press the button behind the link of the latest confirmation mail."""
        return self.press(self.confirmation_link(address))

    def join(self, address: str, *chosen: str) -> Subscriber:
        """Sign up and confirm."""
        assert self.sign_up(address, *chosen).status_code == 303
        assert self.confirm(address).status_code == 200
        return self.subscriber(address)

    # What arrives by mail

    def confirmation_link(self, address: str) -> str:
        mail = self.mails(address)[-1]
        assert mail.consent_event_id
        return self.installation.links.confirm(mail.subscriber_id, mail.consent_event_id)

    def refusal_link(self, address: str) -> str:
        mail = self.mails(address)[-1]
        assert mail.consent_event_id
        return self.installation.links.refuse(mail.subscriber_id, mail.consent_event_id)

    def preferences_link(self, address: str) -> str:
        return self.installation.links.preferences(self.subscriber(address).id)

    def unsubscribe_link(self, address: str, campaign: Campaign) -> str:
        return self.installation.links.unsubscribe(self.subscriber(address).id, campaign.id)

    def mails(self, address: str) -> list[Delivery]:
        """The notices that the ledger holds for an address, oldest first."""
        found = select(Delivery).join(Delivery.subscriber).where(Subscriber.address == address).order_by(Delivery.id)
        return list(self.session.scalars(found))

    # What is true

    def subscriber(self, address: str) -> Subscriber:
        return self.session.scalars(select(Subscriber).where(Subscriber.address == address)).one()

    def standing(self, address: str) -> dict[str, SubscriptionState]:
        """Where an address stands with each topic that it asked for."""
        self.session.rollback()
        rows = self.session.execute(
            select(Topic.slug, Subscription.state)
            .join_from(Subscription, Topic)
            .join(Subscriber)
            .where(Subscriber.address == address)
        )
        return {row.slug: row.state for row in rows}

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """All rows of all tables, to show that nothing changed."""
        self.session.rollback()
        return {
            table.name: sorted((tuple(row) for row in self.session.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
        }

    def path(self, link: str) -> str:
        return link.removeprefix(self.installation.links.base)


def hidden_fields(page: str) -> dict[str, str]:
    """The hidden inputs of a page's forms by name."""
    return {name: unescape(value) for name, value in _FIELD.findall(page)}
