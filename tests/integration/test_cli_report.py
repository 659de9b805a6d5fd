"""`communique report` and `communique intake`: what came back, for who uses the command line."""

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from app.cli import main
from app.models import Doubt, RawReport, ReportState
from tests.factories import NOW, campaign
from tests.integration.conftest import Bell
from tests.unit.reports import dsn
from worker.workshop import Workshop


@pytest.fixture
def run(settings, database):
    def call(*words: str, given: bytes | None = None) -> Result:
        return CliRunner().invoke(main, [*words], input=given, obj=settings)

    return call


def test_a_report_that_nobody_could_place_is_listed_read_and_dismissed(run, session, settings):
    assert run("report", "list").stdout == "No report waits for anybody.\n"
    assert run("intake", given=dsn("ana@example.net")).stdout == "Stored.\n"
    assert run("intake", given=dsn("ana@example.net")).stdout == "This one is here already.\n"
    workshop = Workshop(settings, clock=lambda: NOW, bell=Bell())
    workshop.desk.work()
    workshop.close()
    report = session.scalars(select(RawReport)).one()
    listed = run("report", "list").stdout
    assert f"{report.id}: " in listed
    assert "Nobody can say for sure which of our mails it is about" in listed
    assert "Final-Recipient: rfc822; ana@example.net" in run("report", "show", str(report.id)).stdout
    assert run("report", "dismiss", str(report.id)).stdout == "Dismissed.\n"
    session.refresh(report)
    assert report.state is ReportState.DISMISSED
    assert run("report", "dismiss", str(report.id)).exit_code == 1


def test_nothing_on_standard_input_is_no_report(run):
    said = run("intake", given=b"\n")
    assert said.exit_code == 2
    assert "communique intake < message.eml" in said.output


def test_a_doubt_is_shown_and_decided_once(run, session):
    assert run("report", "doubts").stdout == "Nothing is in doubt.\n"
    doubt = Doubt(campaign_id=campaign(session).id, provider="example.net", refused=40, attempts=60)
    session.add(doubt)
    session.commit()
    assert f"{doubt.id}: example.net: of 60 readers tried, 40 or more" in run("report", "doubts").stdout
    assert "stay subscribed" in run("report", "forgive", str(doubt.id)).stdout
    again = run("report", "believe", str(doubt.id))
    assert again.exit_code == 1
    assert "Somebody has decided this already." in again.output
