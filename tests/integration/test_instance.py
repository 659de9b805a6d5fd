"""A copy of the database that was put up elsewhere does not send; the same installation, however started, does."""

import os
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

from app.database import sessions
from app.embedded import EmbeddedServers
from app.migrations import upgrade
from app.models import Campaign, CampaignState, Installation
from app.services import instance
from app.services.editions import Press
from app.services.machine_identity import machine_identity
from tests import factories

NOW = factories.NOW


@pytest.fixture
def remembered(session, settings) -> str:
    assert instance.remember(session, settings, now=NOW)
    session.commit()
    return session.scalars(select(Installation.fingerprint)).one()


def changed(settings, **changes):
    return settings.model_copy(update=changes)


def test_an_installation_is_remembered_once(session, settings, remembered):
    assert len(remembered) == 63
    assert not instance.remember(session, changed(settings, public_url="https://copy.example"), now=NOW)
    assert session.scalars(select(Installation)).one().fingerprint == remembered
    assert instance.fingerprint(session, settings) == remembered


def test_before_anything_is_remembered_it_may_send_and_looking_writes_nothing(session, settings):
    assert instance.may_send(session, settings) == ""
    assert instance.adopted_at(session) is None


def test_a_restart_another_host_and_another_login_are_the_same_installation(session, settings, remembered):
    for url in (
        settings.database_url,
        settings.database_url.replace("postgres@", "somebody:secret@"),
        f"{settings.database_url}&application_name=worker",
    ):
        assert instance.may_send(session, changed(settings, database_url=url)) == ""


def test_a_service_with_another_public_address_is_a_copy(session, settings, remembered):
    said = instance.may_send(session, changed(settings, public_url="https://copy.example"))
    assert said.startswith("Nothing is sent: this database belongs to an installation with another COMMUNIQUE_PUBLIC")
    assert said.endswith("communique instance adopt")


def test_a_database_copied_within_its_server_is_a_copy(session, settings, remembered):
    session.close()
    session.get_bind().dispose()
    name, copy = settings.database_url.rpartition("/")[2].partition("?")[0], "communique_test_copy"
    admin = create_engine(os.environ["TEST_DATABASE_URL"], isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)'))
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"), {"name": name}
        )
        connection.execute(text(f'CREATE DATABASE "{copy}" TEMPLATE "{name}"'))
        url = admin.url.set(database=copy).render_as_string(hide_password=False)
        engine = create_engine(url)
        with Session(engine) as there:
            said = instance.may_send(there, changed(settings, database_url=url))
        engine.dispose()
        connection.execute(text(f'DROP DATABASE "{copy}" WITH (FORCE)'))
    admin.dispose()
    assert "an installation with another database." in said


def test_a_dump_restored_into_another_server_is_a_copy(session, settings, remembered, folder):
    with EmbeddedServers.start(folder, durable=False) as servers:
        upgrade(servers.database_url)
        engine = create_engine(servers.database_url)
        with sessions(engine)() as there:
            there.add(Installation(fingerprint=remembered, adopted_at=NOW))
            there.commit()
            here = changed(settings, database_url=servers.database_url)
            assert "another database server" in instance.may_send(there, here)
            instance.adopt(there, here, now=NOW)
            there.commit()
            assert instance.may_send(there, here) == ""
        engine.dispose()


def test_a_data_folder_copied_to_another_machine_is_a_copy(session, settings, remembered, monkeypatch):
    monkeypatch.setattr("app.services.instance.machine_identity", lambda: "another machine")
    assert "another way to the database (its address, or this machine)" in instance.may_send(session, settings)


@pytest.mark.parametrize("host", ["postgres", "db.example.org", "db.example.org:5433", "10.0.0.7", "[2001:db8::7]"])
def test_with_a_database_elsewhere_the_machine_does_not_matter_but_the_address_does(
    session, settings, monkeypatch, host
):
    there = changed(settings, database_url=f"postgresql+psycopg://press:secret@{host}/news")
    instance.remember(session, there, now=NOW)
    monkeypatch.setattr("app.services.instance.machine_identity", lambda: "another worker's host")
    assert instance.may_send(session, there) == ""
    moved = changed(settings, database_url="postgresql+psycopg://press:secret@moved.example.org/news")
    assert "another way to the database" in instance.may_send(session, moved)


def test_the_names_of_this_machine_are_one_address(session, settings):
    urls = [f"postgresql+psycopg://u@{host}/news" for host in ("localhost", "127.0.0.1:5432", "[::1]", "LOCALHOST")]
    assert len({instance.fingerprint(session, changed(settings, database_url=url)) for url in urls}) == 1


def test_the_machine_is_known_by_its_id_else_by_its_name_and_in_a_container_not_at_all(tmp_path):
    file, mark = tmp_path / "machine-id", tmp_path / "dockerenv"
    assert machine_identity(file, (mark,), "news-1") == "news-1"
    file.write_text("\n")
    assert machine_identity(file, (mark,), "news-1") == "news-1"
    file.write_text("8d1b0c2f\n")
    assert machine_identity(file, (mark,), "news-1") == "8d1b0c2f"
    mark.touch()
    assert machine_identity(file, (mark,), "4f2a91c07d11") == ""


def test_adopting_lets_the_copy_send_and_pauses_what_the_former_one_may_have_sent(session, settings, remembered):
    factories.subscriber(session, settings, "a@example.org")
    campaign = factories.campaign(session)
    factories.send(session, Press.from_settings(settings), campaign, now=NOW)
    session.commit()
    moved = changed(settings, public_url="https://moved.example")
    assert instance.adopt(session, settings, now=NOW) == []
    assert campaign.state is CampaignState.SENDING
    later = NOW + timedelta(days=1)
    assert instance.adopt(session, moved, now=later) == [campaign]
    session.commit()
    assert instance.may_send(session, moved) == ""
    assert instance.may_send(session, settings) != ""
    assert instance.adopted_at(session) == later
    found = session.scalars(select(Campaign)).one()
    assert found.state is CampaignState.PAUSED
    assert "the former one has not sent this" in found.trouble
