"""The command line, on the real database: what it says, what it leaves behind, and its exit code."""

import re
from pathlib import Path

import pytest
import redis
from click.testing import CliRunner, Result
from sqlalchemy import func, select, text, update

from app.cli import COMMANDS, main
from app.cli.campaign.words import describe
from app.database import sessions
from app.models import Campaign, CampaignState, Delivery, DeliveryState, StaffMember, Statement, StatementState, Topic
from app.services import access, campaigns, statements
from app.settings import PROJECT
from tests import factories
from worker.delivery import planner

NOW = factories.NOW
SAMPLE = PROJECT / "sample" / "statement.md"
SEND = ("campaign", "send", "--accept", "test-mail")


@pytest.fixture
def broker(settings):
    """The broker on which the commands ring, emptied afterwards."""
    client = redis.Redis.from_url(settings.redis_url)
    yield client
    client.flushdb()
    client.close()


@pytest.fixture
def run(settings, database, broker):
    """Call `communique …` with the settings of the tests."""

    def call(*words: str | Path, answer: str | None = None) -> Result:
        return CliRunner().invoke(main, [str(word) for word in words], obj=settings, input=answer)

    return call


def done(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout


def failed(result: Result) -> str:
    """What a refused command says: sentences on standard error, no traceback."""
    assert result.exit_code == 1, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    assert len(result.stderr.split()) > 3
    return result.stderr


def count(session, model) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(model))


def with_topics(session, *slugs: str) -> None:
    for slug in slugs:
        factories.topic(session, slug)
    session.commit()


def published(session, *readers: str, settings=None) -> Statement:
    for reader in readers:
        factories.subscriber(session, settings, reader)
    made = factories.statement(session)
    session.commit()
    return made


def test_every_command_explains_itself(run):
    overview = done(run("--help"))
    for name in COMMANDS:
        assert name in overview
        assert "Usage: " in done(run(name, "--help"))


def test_what_is_no_command_is_a_wrong_use(run):
    assert run("fly").exit_code == 2
    assert run("campaign", "send").exit_code == 2
    assert run("campaign", "status", "not-an-id").exit_code == 2


def test_migrating_twice_is_as_good_as_once(run, session):
    for _ in range(2):
        assert "The database is up to date." in done(run("migrate"))
    topic = session.scalars(select(Topic)).one()
    assert (topic.slug, topic.is_public) == ("statements", True)


def test_migrating_adds_no_topic_where_there_are_some(run, session):
    with_topics(session, "events")
    done(run("migrate"))
    assert list(session.scalars(select(Topic.slug))) == ["events"]


def test_a_new_colleague_can_sign_in_with_the_password_that_is_shown_once(run, session):
    said = done(run("staff", "add", "ana@opendoors.example", "--name", "Ana Lima"))
    assert "ana@opendoors.example can sign in at http://localhost:8000/console" in said
    password = re.search(r"Password \(shown only now\): (\S+)", said)
    assert password
    key = access.sign_in(session, "ana@opendoors.example", password[1], now=NOW)
    assert access.signed_in(session, key, now=NOW).name == "Ana Lima"


def test_a_password_that_was_given_is_not_repeated(run, session):
    said = done(run("staff", "add", "ana@opendoors.example", "--password", "correct horse battery", answer="Ana\n"))
    assert "correct horse" not in said
    assert access.sign_in(session, "ana@opendoors.example", "correct horse battery", now=NOW)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("ana", "--name", "Ana"), "@ sign is missing"),
        (("ana@opendoors.example", "--name", "Ana", "--password", "short"), "12 to 200 characters"),
        (("ana@opendoors.example", "--name", "n" * 300), "at most 200 characters"),
        (("taken@opendoors.example", "--name", "Ana"), "has an account already"),
    ],
)
def test_an_account_that_cannot_be_made_is_refused_in_a_sentence(run, session, words, sentence):
    done(run("staff", "add", "taken@opendoors.example", "--name", "Tom"))
    assert sentence in failed(run("staff", "add", *words, "--role", "author"))
    assert count(session, StaffMember) == 1


def test_the_sample_becomes_a_draft_with_everything_in_its_place(run, session):
    with_topics(session, "statements")
    said = done(run("statement", "import", SAMPLE))
    made = session.scalars(select(Statement)).one()
    assert made.state is StatementState.DRAFT
    assert made.title == "Polling stations must open to every voter"
    assert made.issued_on.isoformat() == "2026-03-31"
    assert (made.signatory_name, made.contact_name) == ("Amara Lindqvist", "Tomás Okafor")
    assert "412 voters with disabilities" in made.body
    assert made.image is not None
    assert made.image_alt.startswith("Drawing of a public building")
    assert [topic.slug for topic in made.topics] == ["statements"]
    for words in (made.title, "2026-03-31", "Amara Lindqvist", "Tomás Okafor", made.slug):
        assert words in said
    assert f"http://localhost:8000/console/statements/{made.id}" in said


def test_importing_and_publishing_shows_the_public_address(run, session):
    with_topics(session, "statements")
    said = done(run("statement", "import", SAMPLE, "--publish"))
    made = session.scalars(select(Statement)).one()
    assert made.state is StatementState.PUBLISHED
    assert f"http://localhost:8000/statements/{made.slug}" in said


def test_a_picture_that_is_not_there_is_noted(run, session, tmp_path):
    with_topics(session, "statements")
    file = tmp_path / "one.md"
    file.write_text("---\ntitle: One\nimage: missing.jpg\n---\nWords.\n")
    assert "missing.jpg was not found" in done(run("statement", "import", file))
    assert session.scalars(select(Statement)).one().image_id is None


def test_a_picture_that_is_none_is_refused(run, session, tmp_path):
    with_topics(session, "statements")
    (tmp_path / "secret.jpg").write_bytes(b"root:x:0:0")
    file = tmp_path / "one.md"
    file.write_text("---\ntitle: One\nimage: secret.jpg\n---\nWords.\n")
    assert "not an image that can be read" in failed(run("statement", "import", file))
    assert count(session, Statement) == 0


BAD_FILES = {
    "empty.md": (b"", "is empty"),
    "blank.txt": (b" \n\n ", "holds no words"),
    "binary.txt": (bytes(range(256)) * 20, "isn't a text file"),
    "picture.md": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "This is a picture"),
    "letter.pdf": (b"%PDF-1.7\n", "This is a PDF"),
    "utf16.txt": ("Wörter ohne Marke".encode("utf-16-be"), "isn't a text file"),
    "broken.md": (b"---\ntitle: [unclosed\n---\nWords.\n", "front matter, line 2"),
    "long.txt": (b"Title\n\n" + b"words and more words\n" * 60_000, "at most 1,000,000"),
    "topic.md": (b"---\ntitle: One\ntopics: [Nowhere]\n---\nWords.\n", "no topic “Nowhere”"),
    "elsewhere.md": (b"---\ntitle: One\nimage: ../../secret.png\n---\nWords.\n", "lies beside this file"),
    "day.md": (b"---\ntitle: One\ndate: soon\n---\nWords.\n", "date, line 3: “soon”"),
    "letters.md": (b"---\ntitle: Caf\xe9 \x81\x8d\n---\nWords \xff\xfe.\n", "isn't valid UTF-8"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_is_no_statement_is_refused_in_a_sentence_and_leaves_nothing(run, session, tmp_path, name):
    with_topics(session, "statements")
    file = tmp_path / name
    content, words = BAD_FILES[name]
    file.write_bytes(content)
    assert words in failed(run("statement", "import", file))
    assert count(session, Statement) == 0


@pytest.mark.parametrize("name", ["missing.md", "."])
def test_a_file_that_cannot_be_read_is_named(run, tmp_path, name):
    assert f"{tmp_path / name} can't be read" in failed(run("statement", "import", tmp_path / name))


def test_publishing_what_is_incomplete_is_refused(run, session, tmp_path):
    file = tmp_path / "one.md"
    file.write_text("---\ntitle: One\n---\nWords.\n")
    assert "topic" in failed(run("statement", "import", file, "--publish"))
    assert count(session, Statement) == 0
    assert "no statement called “one”" in failed(run("statement", "publish", "one"))


def test_statements_are_listed_with_their_address_and_state(run, session):
    made = factories.statement(session, published=False)
    session.commit()
    assert re.search(rf"2026-11-24 +draft +{made.slug} +{made.title}", done(run("statement", "list")))
    assert "Published: http://localhost:8000/statements/" in done(run("statement", "publish", made.slug))
    assert "published" in done(run("statement", "list"))


def test_sending_starts_the_campaign_and_rings_for_the_workers(run, session, settings, broker):
    made = published(session, "a@example.org", "b@example.org", settings=settings)
    assert "Sending to 2 people." in done(run(*SEND, made.slug, "--yes"))
    campaign = session.scalars(select(Campaign)).one()
    assert campaign.state is CampaignState.SENDING
    assert broker.llen("planning") == 1
    assert "send is not possible now" in failed(run(*SEND, made.slug, "--yes"))
    assert count(session, Campaign) == 1


def test_sending_asks_first_and_a_no_leaves_nothing_behind(run, session, settings):
    made = published(session, "a@example.org", settings=settings)
    refused = run(*SEND, made.slug, answer="n\n")
    assert "to 1 person?" in refused.output
    assert refused.exit_code == 1
    assert count(session, Campaign) == 0
    assert "Sending to 1 person." in done(run(*SEND, made.slug, answer="y\n"))


def test_a_statement_is_not_sent_a_second_time_without_a_word(run, session, settings):
    made = published(session, "a@example.org", "b@example.org", settings=settings)
    done(run(*SEND, made.slug, "--yes"))
    session.execute(update(Campaign).values(state=CampaignState.SENT, started_at=NOW, finished_at=NOW))
    session.commit()
    for words in ((), ("--yes",)):
        said = failed(run(*SEND, made.slug, *words))
        assert "was sent on November 24, 2026 at 09:00 UTC. Add --again" in said
    assert count(session, Campaign) == 1
    question = "was sent on November 24, 2026 at 09:00 UTC. Send it again, to 2 people?"
    refused = run(*SEND, made.slug, "--again", answer="n\n")
    assert question in refused.output
    assert count(session, Campaign) == 1
    assert question in done(run(*SEND, made.slug, "--again", answer="y\n"))
    assert count(session, Campaign) == 2


def test_while_it_asks_nothing_is_held_and_what_changed_meanwhile_is_asked_anew(
    run, session, settings, database, monkeypatch
):
    made = published(session, "a@example.org", settings=settings)
    asked = []

    def answer(question: str, **_: object) -> bool:
        asked.append(question)
        with sessions(database).begin() as other:
            other.execute(text("SET LOCAL lock_timeout = '1s'"))
            other.execute(select(Statement.id).where(Statement.id == made.id).with_for_update())
            if len(asked) == 1:
                for number in range(11):
                    factories.subscriber(other, settings, f"late{number}@example.org")
        return True

    monkeypatch.setattr("app.cli.campaign.sending.click.confirm", answer)
    said = done(run(*SEND, made.slug))
    assert [question.partition(" to ")[2] for question in asked] == ["1 person?", "12 people?"]
    assert "Something has changed meanwhile. Nothing was sent yet." in said
    assert "Sending to 12 people." in said
    assert count(session, Campaign) == 1


def test_what_cannot_be_sent_is_refused_in_a_sentence(run, session):
    assert "no statement called “nowhere”" in failed(run(*SEND, "nowhere", "--yes"))
    draft = factories.statement(session, published=False)
    session.commit()
    assert "Publish the statement first" in failed(run(*SEND, draft.slug, "--yes"))
    statements.publish(session, draft, NOW)
    session.commit()
    assert "Nobody has confirmed" in failed(run(*SEND, draft.slug, "--yes"))
    assert count(session, Campaign) == 0


def test_the_status_is_counted_from_the_ledger(run, session, settings):
    assert "There is no campaign yet" in failed(run("campaign", "status"))
    made = published(session, "a@example.org", "b@example.org", settings=settings)
    done(run(*SEND, made.slug, "--yes"))
    campaign = session.scalars(select(Campaign)).one()
    assert "sending: 0 of 0 done." in done(run("campaign", "status"))
    planner.open_campaign(session, campaign.id, now=NOW)
    row = session.scalars(select(Delivery).order_by(Delivery.id)).first()
    row.state, row.sent_at = DeliveryState.SENT, NOW
    session.commit()
    for words in ((), (str(campaign.public_id),)):
        said = done(run("campaign", "status", *words))
        assert made.title in said
        assert "sending: 1 of 2 done. queued 1, sent 1" in said
    campaigns.cancel(session, campaign, now=NOW)
    session.commit()
    assert "cancelled: 2 of 2 done. sent 1, skipped 1" in done(run("campaign", "status", "--watch"))
    assert describe(campaigns.progress(session, campaign)).startswith("cancelled: 2 of 2")
    assert "does not exist" in failed(run("campaign", "status", "00000000-0000-0000-0000-000000000000"))


def test_watching_ends_when_the_campaign_does(run, session, settings, monkeypatch):
    made = published(session, "a@example.org", settings=settings)
    done(run(*SEND, made.slug, "--yes"))
    campaign = session.scalars(select(Campaign)).one()

    def finish(_: float) -> None:
        campaign.state, campaign.finished_at = CampaignState.SENT, NOW
        session.commit()

    monkeypatch.setattr("app.cli.campaign.watching.time.sleep", finish)
    assert "sent: 0 of 0 done." in done(run("campaign", "status", "--watch"))


def test_trouble_is_told_by_the_status(run, session, settings):
    made = published(session, "a@example.org", settings=settings)
    done(run(*SEND, made.slug, "--yes"))
    session.execute(update(Campaign).values(trouble="The mail server does not answer."))
    session.commit()
    assert "sending: 0 of 0 done. Trouble: The mail server does not answer." in done(run("campaign", "status"))


def test_watching_says_why_it_does_not_move(run, session, settings, monkeypatch):
    made = published(session, "a@example.org", settings=settings)
    done(run(*SEND, made.slug, "--yes"))
    story = iter(
        [
            {"trouble": "The mail server does not answer."},
            {},
            {"trouble": ""},
            {"state": CampaignState.PAUSED, "trouble": "This mail breaks a rule (E-06)."},
            {"trouble": ""},
            {"state": CampaignState.SENDING},
            {"state": CampaignState.SENT, "finished_at": NOW},
        ]
    )

    def go_on(_: float) -> None:
        if change := next(story):
            session.execute(update(Campaign).values(**change))
            session.commit()

    monkeypatch.setattr("app.cli.campaign.watching.time.sleep", go_on)
    lines = done(run("campaign", "status", "--watch")).splitlines()
    assert lines[1:] == [
        "Sending",
        "Trouble: The mail server does not answer.",
        "Sending",
        "Sending",
        "Paused. Trouble: This mail breaks a rule (E-06).",
        "Paused",
        "Paused by staff. It goes on with “Go on” in the console, or with: communique campaign resume",
        "Paused",
        "Sending",
        "sent: 0 of 0 done.",
    ]


def test_settings_are_printed_without_secrets(run, settings):
    said = done(run("settings"))
    assert "COMMUNIQUE_ORGANISATION=Open Doors International" in said
    for secret in (*settings.signing_keys, settings.address_pepper.get_secret_value()):
        assert secret not in said
    assert len(said.splitlines()) == len(type(settings).model_fields)


def test_a_database_that_is_away_is_told_in_a_sentence(settings):
    away = settings.model_copy(update={"database_url": "postgresql+psycopg://press:S3cr3t@127.0.0.1:1/news"})
    said = failed(CliRunner().invoke(main, ["statement", "list"], obj=away))
    assert said.startswith("The database does not answer")
    assert "S3cr3t" not in said


def test_wrong_settings_are_told_one_to_a_line(tmp_path):
    (tmp_path / "own.env").write_text("COMMUNIQUE_COLOUR=green\n")
    given = {"COMMUNIQUE_SETTINGS_FILE": str(tmp_path / "own.env"), "COMMUNIQUE_PORT": "eighty"}
    said = failed(CliRunner(env=given).invoke(main, ["statement", "list"]))
    assert "COMMUNIQUE_COLOUR: is not a setting" in said
    assert "COMMUNIQUE_POSTAL_ADDRESS: is missing" in said
    assert "COMMUNIQUE_PORT: " in said
