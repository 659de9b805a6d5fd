"""Every mistake in a mail that a machine can see is found before it is sent, named, and told how to mend."""

import pytest

from app.models import Campaign, Image, StatementState, Translation
from app.services import images
from app.services.doctor.diagnosis import fail, remark, warn
from app.services.editions import Press
from app.services.link_check import LinkResult
from app.services.preflight import Outside, asked_links
from tests import factories
from tests.integration.preflighting import NOW, found, looked

HARMLESS = {"easy-words", "unsubscribe", "test-mail"}
"""What every campaign of a test has: its service is on this computer, and nobody has seen a test mail."""
GONE = "http://localhost:8000/images/0b0b0b0b-0000-0000-0000-000000000000"


@pytest.fixture
def press(settings):
    return Press.from_settings(settings)


@pytest.fixture
def reader(session, settings):
    return factories.subscriber(session, settings, "reader@example.org")


def test_a_sound_campaign_has_nothing_to_mend(session, press, reader):
    look = looked(session, press, factories.campaign(session))
    assert not look.stops
    assert {finding.check for finding in look.findings} == HARMLESS
    assert [finding.check for finding in look.warnings] == ["test-mail"]
    assert look.external_links == ("https://opendoors.example/voting-report",)


@pytest.mark.parametrize(
    ("fields", "check", "level", "words"),
    [
        ({"body": "Read [here](https://a.org/x) about it."}, "link-text", "error", "“here” says nothing"),
        ({"body": "[Cliquez ici](https://a.org/x) pour lire.", "language": "fr"}, "link-text", "error", "Cliquez ici"),
        ({"body": "[Hier klicken](https://a.org/x).", "language": "de"}, "link-text", "error", "Hier klicken"),
        ({"body": "[Haga clic aquí](https://a.org/x).", "language": "es"}, "link-text", "error", "Haga clic"),
        ({"body": "[اضغط هنا](https://a.org/x).", "language": "ar"}, "link-text", "error", "اضغط هنا"),
        ({"body": "[Click here to register](https://a.org/x)"}, "link-text", "warning", "with a mouse"),
        ({"body": "![](https://a.org/chart.png)\n\nText."}, "image-description", "error", "“chart.png”"),
        ({"body": "![A ramp](https://a.org/chart.png)\n\nText."}, "image-elsewhere", "warning", "loaded from a.org"),
        ({"body": "![A ramp](/images/ramp.png)\n\nText."}, "image-missing", "error", "no whole web address"),
        ({"body": f"![A ramp]({GONE})\n\nText."}, "image-missing", "error", "isn't there any more"),
        ({"body": "| a | b |\n| --- | --- |\n| 1 | 2 |"}, "tables", None, ""),
        ({"body": "|  |  |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |"}, "tables", "warning", "begins “1 2 3 4” has no"),
        ({"body": "Dear all. PLEASE READ THIS NOW and act."}, "tone", "warning", "“PLEASE READ THIS NOW”"),
        ({"body": "The EU, the UN, WHO, OSCE, ILO and UNHCR."}, "tone", None, ""),
        ({"body": "We ask, " + "and again, " * 20 + "for ramps. Thanks."}, "plain-words", "note", "“We ask, and"),
        ({"body": "We ask for a ramp. " * 30}, "plain-words", None, ""),
        ({"body": "See [the map](http://maps.org/a)."}, "http-link", "warning", "isn't encrypted"),
        ({"body": "See [the map](https://intranet/a)."}, "inside-link", "error", "outside of your network"),
        ({"body": "See [the map](http://192.168.1.7/a)."}, "inside-link", "error", "192.168.1.7"),
        ({"body": "See [the map](https://me:secret@a.org/)."}, "inside-link", "error", "name or a password"),
        (
            {"body": "See [the map](https://eur01.safelinks.protection.outlook.com/?url=x)."},
            "rewritten-link", "warning", "mail filter",
        ),
        ({"body": "See [the map](/map)."}, "dropped-link", "error", "“/map”"),
        ({"body": "See [that](http://localhost:8000/statements/gone)."}, "broken-link", "error", "isn't there"),
        ({"body": "See [that](http://localhost:8000/console/)."}, "console-link", "error", "can't sign in"),
        ({"body": "See [that](http://localhost:8000/u/abc.def)."}, "own-link", "error", "one reader's own"),
        ({"body": "Dear {{ first_name }}, welcome."}, "merge-field", "warning", "1 of 1"),
        ({"body": "Dear {{ first_name | friend }}, welcome."}, "merge-field", None, ""),
        ({"body": "Lorem ipsum dolor."}, "placeholder", "error", "Lorem ipsum"),
        ({"body": "We meet on [date] at noon."}, "placeholder", "error", "on [date] at"),
        ({"body": "Write to [email protected] for more."}, "placeholder", "error", "[email protected]"),
        ({"body": "We meet [insert place here]."}, "placeholder", "error", "[insert place here]"),
        ({"body": "It will cost XXXX euros."}, "placeholder", "error", "XXXX"),
        ({"body": "It will cost XXX euros."}, "placeholder", "warning", "XXX"),
        ({"body": "Quote TK from the director."}, "placeholder", "warning", "TK"),
        ({"body": "TODO: figures."}, "placeholder", "warning", "TODO"),
        ({"body": "Embargoed until Monday."}, "placeholder", "warning", "Embargoed until"),
        ({"body": "Hallo *|FNAME|*, hello."}, "placeholder", "error", "|FNAME|"),
        ({"body": "<< Nous voulons des rampes >>, a-t-elle dit."}, "placeholder", "warning", "Nous voulons"),
        ({"body": "“We demand […] ramps [...] now,” she said."}, "placeholder", None, ""),
        ({"body": "Nothing to do here, todos los datos."}, "placeholder", None, ""),
        ({"title": "A" * 79 + "b"}, "subject", "warning", "80 characters"),
        ({"title": "We ask for " + "a" * 55}, "subject", "note", "66 characters"),
        ({"title": "Re: Open every station"}, "subject", "error", "pretends to be an answer"),
        ({"title": "OPEN DOORS"}, "subject", "warning", "all in capitals"),
        ({"title": "Open doors now!!"}, "subject", "warning", "exclamation marks"),
        ({"standfirst": ""}, "preheader", "note", "no preview line"),
        ({"standfirst": "Open every polling station."}, "preheader", "warning", "repeats the subject"),
        ({"standfirst": "Now."}, "preheader", "note", "very short"),
        ({"standfirst": "A sentence of some length. " * 6}, "preheader", "note", "characters"),
        ({"body": "Act now: a limited time offer, risk-free."}, "spam-words", "warning", "“Act now"),
        ({"body": "We are guaranteed a hearing."}, "spam-words", "note", "guaranteed"),
        ({"body": "word " * 15_500}, "size", "warning", "kB"),
        ({"body": "", "published": False}, "no-text", "error", "no text"),
    ],
)  # fmt: skip
def test_one_mistake_is_found_and_named(session, press, reader, fields, check, level, words):
    fields = {"body": "We ask the city council for a ramp at every door.", **fields}
    title = fields.pop("title", "Open every polling station")
    is_published = fields.pop("published", True)
    statement = factories.statement(session, title, published=is_published, **fields)
    campaign = Campaign(
        statement=statement, subject=title, preheader=statement.standfirst, topics=list(statement.topics)
    )
    session.add(campaign)
    session.flush()
    named = found(looked(session, press, campaign), check)
    if level is None:
        assert named == []
        return
    assert any(finding.level == level and words in finding.words for finding in named), looked(
        session, press, campaign
    ).findings
    assert all(finding.title for finding in named)


def test_a_placeholder_leads_to_the_field_in_which_it_stands(session, press, reader):
    campaign = factories.campaign(session, body="Text, TODO.", standfirst="A standfirst with XXX in it.")
    campaign.subject, campaign.preheader = "Our own subject, TBC", "Our own line, TODO"
    look = looked(session, press, campaign)
    places = [finding.place for finding in found(look, "placeholder")]
    assert places == ["standfirst", "subject", "preheader", "body"]


def test_what_stops_comes_first_and_findings_of_one_check_stand_together(session, press, reader):
    body = "TK [here](https://a.org/1), TODO [read more](https://a.org/2), XXXX."
    look = looked(session, press, factories.campaign(session, body=body))
    levels = [finding.level for finding in look.findings]
    assert levels == sorted(levels, key=["error", "warning", "note"].index)
    names = [(group.level, group.check) for group in look.groups]
    assert len(names) == len(set(names))
    assert look.stops


def test_an_image_in_the_text_may_be_called_decoration_by_the_button_that_asks(session, press, reader):
    kept = Image(media_type="image/png", width=40, height=30, content=b"-")
    session.add(kept)
    session.flush()
    url = press.links.image(str(kept.id))
    unsaid = looked(session, press, factories.campaign(session, body=f"Doors.\n\n![]({url})"))
    assert found(unsaid, "image-description")
    said = looked(session, press, factories.campaign(session, body=f"Doors.\n\n{images.markup(kept, url, '')}"))
    assert not found(said, "image-description")


def test_an_image_needs_a_description_or_the_word_that_it_is_decoration(session, press, reader):
    campaign = factories.campaign(session)
    campaign.statement.image = Image(media_type="image/png", width=100, height=50, content=b"-")
    session.flush()
    (finding,) = found(looked(session, press, campaign), "image-description")
    assert (finding.level, finding.place) == ("error", "image_alt")
    campaign.statement.image_is_decorative = True
    assert found(looked(session, press, campaign), "image-description") == []
    campaign.statement.image_is_decorative, campaign.statement.image_alt = False, "Image of a ramp"
    look = looked(session, press, campaign)
    assert found(look, "image-description") == []
    assert [finding.level for finding in found(look, "image-words")] == ["note"]
    campaign.statement.image_alt = "IMG_2041.jpg"
    assert [finding.level for finding in found(looked(session, press, campaign), "image-description")] == ["error"]


def test_a_text_in_another_language_than_it_says_is_noticed(session, press, reader):
    french = (
        "Nous demandons que les bureaux de vote soient ouverts à tous, et que la ville publie le nombre de ceux qui ne "
        "le sont pas encore. Pour nous, c'est une question de droits, et pas une faveur que l'on nous fait."
    )
    look = looked(session, press, factories.campaign(session, body=french, standfirst="Une demande aux villes"))
    (finding,) = found(look, "language")
    assert finding.level == "warning"
    assert "says that it is English, but it reads like French" in finding.words


def test_letters_that_can_not_be_those_of_the_language_stop_the_mail(session, press, reader):
    arabic = "نرحب بقرار المجلس البلدي الذي يجعل جميع مراكز الاقتراع مفتوحة أمام الجميع دون استثناء في المدينة كلها."
    (finding,) = found(looked(session, press, factories.campaign(session, body=arabic, standfirst="")), "language")
    assert finding.level == "error"
    assert "written in Arabic letters" in finding.words


def test_every_language_version_is_checked_and_named(session, press, reader):
    campaign = factories.campaign(session)
    session.add(
        Translation(
            statement_id=campaign.statement_id, language="fr", title="Ouvrez tous les bureaux",
            standfirst="Un bureau sur trois reste fermé.", body="Lisez [ici](https://a.org/x) notre rapport.",
        )
    )  # fmt: skip
    session.flush()
    session.expire(campaign.statement)
    look = looked(session, press, campaign)
    assert [finding.language for finding in found(look, "link-text")] == ["fr"]
    assert [finding.language for finding in found(look, "unsubscribe")] == [""], "said once for all versions"
    assert found(look, "intro") == []
    campaign.intro = "Dear readers,"
    (intro,) = found(looked(session, press, campaign), "intro")
    assert intro.words == "The introduction is in English, also in the mail in French."
    assert set(look.external_links) == {"https://opendoors.example/voting-report", "https://a.org/x"}


def test_a_broken_merge_field_is_a_finding_and_no_accident(session, press, reader):
    campaign = factories.campaign(session)
    campaign.subject = "{{ first_nam }}"
    look = looked(session, press, campaign, content_hash=b"")
    (finding,) = found(look, "rendering")
    assert (finding.level, finding.place) == ("error", "subject")
    assert "first_name" in finding.words
    assert found(look, "test-mail") == []


def test_a_withdrawn_or_unpublished_statement_stops_the_mail(session, press, reader):
    campaign = factories.campaign(session)
    for state, words in ((StatementState.DRAFT, "isn't published"), (StatementState.WITHDRAWN, "was withdrawn")):
        campaign.statement.state = state
        (finding,) = found(looked(session, press, campaign), "published")
        assert words in finding.words


def test_the_senders_domain_and_the_relays_are_asked_about(session, press, reader):
    doctor = [
        fail("DKIM", "There is no key.", "Publish it.", "dkim-missing"),
        fail("DMARC", "There is no record.", "Publish one.", "dmarc-missing"),
        warn("DMARC", "Nobody gets the reports.", "Add rua.", "dmarc-reports"),
        warn("Alignment", "From doesn't agree with the envelope sender.", "Sign.", "unaligned-without-keys"),
        remark("DKIM", "The relay has to sign."),
        remark("SPF", "It could not be checked.", "", "unanswered"),
    ]
    outside = Outside(lambda settings: doctor, lambda settings: {settings.relays[0].name: "it doesn't answer"})
    look = looked(session, press, factories.campaign(session), outside=outside)
    levels = [(finding.level, finding.words.partition(":")[0]) for finding in found(look, "sender-domain")]
    assert levels == [
        ("error", "DKIM"),
        ("warning", "DMARC"),
        ("warning", "Alignment"),
        ("note", "DMARC"),
        ("note", "SPF"),
    ]
    (relay,) = found(look, "relay")
    assert relay.level == "warning"
    assert "it doesn't answer. Mail would wait" in relay.words


def test_what_other_servers_said_is_told_for_exactly_this_content(session, press, reader, redis):
    campaign = factories.campaign(session)
    asked_for = {"content_hash": b"l" * 32}
    look = looked(session, press, campaign, **asked_for)
    assert look.links_checked_at is None

    class Asker:
        def check(self, urls):
            assert tuple(urls) == look.external_links
            return [
                LinkResult(urls[0], "gone", "its server says that there is no such page (404)"),
                LinkResult("https://a.org/moved", "moved", "it sends readers on to https://a.org/new"),
                LinkResult("https://a.org/good", "found", "it is there"),
            ]

    assert asked_links.ask(press.settings, look, now=NOW, asker=Asker()) == 3
    look = looked(session, press, campaign, **asked_for)
    assert look.links_checked_at == NOW
    assert [finding.level for finding in found(look, "link-gone")] == ["warning"]
    assert [finding.level for finding in found(look, "link-moved")] == ["note"]
    other = looked(session, press, campaign, content_hash=b"o" * 32)
    assert found(other, "link-gone") == []
    assert other.links_checked_at is None
