"""Names, return paths and signatures on the whole way: from the ledger through the engine to what the relay takes."""

import re
from email import message_from_bytes, policy

import dkim
import pytest
from sqlalchemy import select

from app.dkim_key import parse_keys
from app.models import Delivery, Subscriber
from app.services import campaigns
from app.services.editions import Press
from tests import factories
from tests.integration.sending import NOW, work
from tests.sending_services import with_hooks
from tests.unit.dkim_samples import dns_of, key_file
from worker.workshop import Workshop

ANA, BEN = "ana@example.org", "ben@example.org"


@pytest.fixture
def campaign(session, settings):
    """A personal statement for somebody who gave her name and somebody who gave none."""
    for address in (ANA, BEN):
        factories.subscriber(session, settings, address)
    named = session.scalars(select(Subscriber).where(Subscriber.address == ANA)).one()
    named.first_name, named.last_name = "Zoë", "O'Brien <&>"
    body = "Dear {{ first_name | friend }} {{ last_name }},\n\nvote."
    made = factories.statement(session, "{{ first_name | You }}, the polls are open", body=body)
    campaign = campaigns.prepare(session, made, None)
    factories.send(session, Press.from_settings(settings), campaign, now=NOW)
    session.commit()
    return campaign


def test_each_reader_is_addressed_by_the_name_they_gave(relay, desk, campaign):
    work(desk, campaign)
    read = {taken.recipient: message_from_bytes(taken.raw, policy=policy.default) for taken in relay.taken}
    assert {who: str(message["Subject"]) for who, message in read.items()} == {
        ANA: "Zoë, the polls are open",
        BEN: "You, the polls are open",
    }
    assert "Dear Zoë O'Brien <&>," in read[ANA].get_body(("plain",)).get_content()
    assert "O&#x27;Brien &lt;&amp;&gt;</bdi>," in read[ANA].get_body(("html",)).get_content()
    assert "Dear friend " in read[BEN].get_body(("plain",)).get_content()


def test_a_return_path_names_the_row_of_its_reader(session, settings, relay, desk, campaign):
    work(desk, campaign)
    verp = Press.from_settings(settings).verp
    owners = {row.id: row.subscriber.address for row in session.scalars(select(Delivery))}
    assert sorted(relay.recipients()) == [ANA, BEN]
    for taken in relay.taken:
        assert owners[verp.read(taken.sender.partition("@")[0])] == taken.recipient


def test_services_that_write_a_message_id_of_their_own_are_given_the_key_of_the_message_to_repeat(
    session, settings, relay, desk, campaign, tmp_path
):
    keys = parse_keys(f"rsa:opendoors.example:{key_file(tmp_path, 'rsa')}")
    hooked = with_hooks(desk.settings.model_copy(update={"dkim": keys}))
    workshop = Workshop(hooked, clock=lambda: NOW, bell=desk._bell)
    work(workshop, campaign)
    workshop.close()
    assert sorted(relay.recipients()) == [ANA, BEN]
    known = {row.subscriber.address: row.message_key.hex for row in session.scalars(select(Delivery))}
    for taken in relay.taken:
        message = message_from_bytes(taken.raw, policy=policy.default)
        assert message["X-PM-Metadata-message"] == message["X-Mailin-custom"] == known[taken.recipient]
        without = re.sub(rb"X-(?:PM|Mailin)-[^\r]*\r\n", b"", taken.raw)
        assert all(dkim.DKIM(raw).verify(dnsfunc=dns_of(*keys)) for raw in (taken.raw, without))


def test_without_such_a_service_nothing_is_added(relay, desk, campaign):
    work(desk, campaign)
    assert relay.taken
    assert not [taken for taken in relay.taken if b"X-PM-" in taken.raw or b"X-Mailin" in taken.raw]


def test_what_the_relay_takes_is_signed_for_the_domain_of_the_sender(relay, desk, campaign, tmp_path):
    entries = [f"{kind}:opendoors.example:{key_file(tmp_path, kind)}" for kind in ("rsa", "ed25519")]
    keys = parse_keys(" ".join(entries))
    signing = Workshop(desk.settings.model_copy(update={"dkim": keys}), clock=lambda: NOW, bell=desk._bell)
    work(signing, campaign)
    signing.close()
    assert sorted(relay.recipients()) == [ANA, BEN]
    for taken in relay.taken:
        assert all(dkim.DKIM(taken.raw).verify(idx=place, dnsfunc=dns_of(*keys)) for place in range(2))
