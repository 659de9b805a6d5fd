"""The transactional mails, from a row of the ledger to bytes; their stream is not that of the statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.mail.address import EmailAddress
from app.mail.compile import Recipient, Stream, compile_notice
from app.mail.notices import (
    render_address_change,
    render_address_changed,
    render_already_subscribed,
    render_confirmation,
    render_preferences_link,
)
from app.mail.problems import Problem
from app.mail.templates import Rendered
from app.models import AddressChange, ConsentEvent, DeliveryKind, Subscriber, Topic
from app.services import editions
from app.services.consent import was_noted_by_staff
from app.services.editions import Press
from app.services.masking import masked
from app.services.topics import name_in
from app.settings import mailbox


@dataclass(frozen=True, slots=True)
class Notice:
    """What a transactional mail depends on."""

    delivery_id: int
    kind: DeliveryKind
    subscriber_id: int
    consent_event_id: int | None
    message_key: str
    dated: datetime
    address: EmailAddress
    language: str


def write(session: Session, press: Press, notice: Notice) -> tuple[str, bytes]:
    """The envelope sender and the finished message."""
    rendered = _RENDER[notice.kind](session, press, notice)
    compiled = compile_notice(rendered, service_stream(press))
    recipient = Recipient(notice.delivery_id, notice.address, notice.message_key, notice.dated)
    return compiled.addressed(recipient)


def service_stream(press: Press) -> Stream:
    """The sender of transactional mail."""
    settings = press.settings
    sender = mailbox(settings.service_from)
    return Stream(
        sender=sender,
        reply_to=Address(addr_spec=settings.reply_to or settings.contact_email),
        message_id_domain=sender.domain,
        envelope_domain=settings.bounce_domain or sender.domain,
        verp=press.verp,
        keys=press.keys_for(sender.domain),
        echoes=press.echoes,
    )


def check(press: Press, raw: bytes) -> list[Problem]:
    """What is wrong with a finished notice, by the one list of rules."""
    return editions.check(press, raw, kind="transactional")


def _confirmation(session: Session, press: Press, notice: Notice) -> Rendered:
    event = session.get_one(ConsentEvent, notice.consent_event_id)
    links = press.links
    return render_confirmation(
        press.branding,
        confirm_url=links.confirm(notice.subscriber_id, event.id, at=notice.dated),
        refuse_url=links.refuse(notice.subscriber_id, event.id, at=notice.dated),
        home_url=links.home(),
        requested_at=event.created_at,
        page_url="" if was_noted_by_staff(event.source) else links.subscribe(),
        topics=_names(session, event.topic_ids, notice.language),
        language=notice.language,
    )


def _already_subscribed(session: Session, press: Press, notice: Notice) -> Rendered:
    links = press.links
    return render_already_subscribed(
        press.branding,
        preferences_url=links.preferences(notice.subscriber_id, at=notice.dated),
        home_url=links.home(),
        language=notice.language,
    )


def _preferences_link(session: Session, press: Press, notice: Notice) -> Rendered:
    links = press.links
    return render_preferences_link(
        press.branding,
        preferences_url=links.preferences(notice.subscriber_id, at=notice.dated),
        home_url=links.home(),
        language=notice.language,
    )


def _address_change(session: Session, press: Press, notice: Notice) -> Rendered:
    asked = select(AddressChange).where(AddressChange.request_event_id == notice.consent_event_id)
    change = session.scalars(asked).one()
    links = press.links
    return render_address_change(
        press.branding,
        move_url=links.move(change.id, at=notice.dated),
        refuse_url=links.refuse(notice.subscriber_id, change.request_event_id, at=notice.dated),
        home_url=links.home(),
        topics=_names(session, session.get_one(ConsentEvent, change.request_event_id).topic_ids, notice.language),
        language=notice.language,
    )


def _address_changed(session: Session, press: Press, notice: Notice) -> Rendered:
    links = press.links
    newest = (
        select(Subscriber.address)
        .join(AddressChange, AddressChange.new_subscriber_id == Subscriber.id)
        .where(AddressChange.old_subscriber_id == notice.subscriber_id, AddressChange.confirmed_at.is_not(None))
        .order_by(AddressChange.confirmed_at.desc(), AddressChange.id.desc())
    )
    return render_address_changed(
        press.branding,
        new_address=masked(session.scalar(newest.limit(1)) or ""),
        preferences_url=links.preferences(notice.subscriber_id, at=notice.dated),
        home_url=links.home(),
        language=notice.language,
    )


_RENDER = {
    DeliveryKind.CONFIRMATION: _confirmation,
    DeliveryKind.ALREADY_SUBSCRIBED: _already_subscribed,
    DeliveryKind.PREFERENCES_LINK: _preferences_link,
    DeliveryKind.ADDRESS_CHANGE: _address_change,
    DeliveryKind.ADDRESS_CHANGED: _address_changed,
}


def _names(session: Session, topic_ids: Sequence[int], language: str) -> list[str]:
    found = select(Topic).where(Topic.id.in_(topic_ids)).order_by(Topic.position, Topic.id)
    return [name_in(topic, language) for topic in session.scalars(found)]
