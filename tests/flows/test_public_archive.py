"""The archive and its feeds: found, read, followed; and what every public page has in common."""

from datetime import date
from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
from bs4 import BeautifulSoup
from PIL import Image as Pillow

from app.models import StatementState
from app.services import images, topics

ATOM = {"atom": "http://www.w3.org/2005/Atom"}
PUBLIC = [
    "/",
    "/statements",
    "/statements?topic=statements",
    "/statements/ramps-first",
    "/subscribe",
    "/subscribe/check-your-inbox",
    "/help",
    "/privacy",
    "/embed",
    "/embed/form",
    "/embed/check-your-inbox",
    "/feed.atom",
    "/feed.json",
    "/sitemap.xml",
    "/robots.txt",
    "/nowhere",
]
ATTACK = """Hello <script>alert(1)</script><img src=x onerror=alert(1)> [go](javascript:alert(1)) <svg onload=alert(1)>

<style>*{display:none}</style> <a href="data:text/html,x" style="position:fixed">x</a> <iframe src="//evil"></iframe>"""


def page_of(answer):
    assert answer.status_code == 200, answer.text
    return BeautifulSoup(answer.text, "lxml")


@pytest.mark.parametrize("path", PUBLIC)
def test_every_public_page_stands_alone_and_sets_no_cookie(newsletter, path):
    newsletter.offer("statements", "education")
    newsletter.publish("Ramps first")
    answer = newsletter.get(path)
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    if not answer.mimetype.startswith("text/html"):
        return
    page = BeautifulSoup(answer.text, "lxml")
    assert len(page.find_all("h1")) == 1
    assert not page.find_all(["script"]) + page.find_all(style=True) + page.find_all("style")
    loaded = [
        tag.get("src") or tag.get("href") for tag in page.select("link[rel=stylesheet], link[rel=icon], img, iframe")
    ]
    assert all(url.startswith("/") for url in loaded), loaded


@pytest.mark.parametrize("path", PUBLIC)
def test_asking_for_the_head_only_is_answered_alike(newsletter, path):
    newsletter.offer("statements", "education")
    newsletter.publish("Ramps first")
    head = newsletter.client.head(path)
    assert (head.status, head.data) == (newsletter.get(path).status, b"")
    assert newsletter.client.options(path).status_code == (404 if path == "/nowhere" else 200)


def test_titles_tell_pages_apart(newsletter):
    newsletter.offer("statements", "education")
    newsletter.publish("Ramps first")
    paths = [path for path in PUBLIC if "." not in path and not path.startswith("/embed/")]
    titles = [BeautifulSoup(newsletter.get(path).text, "lxml").title.get_text() for path in paths]
    assert len(set(titles)) == len(titles)


def test_a_new_service_invites_instead_of_showing_nothing(newsletter):
    newsletter.offer("statements")
    for path in ("/", "/statements"):
        page = page_of(newsletter.get(path))
        assert "Nothing has been published" in page.get_text()
        assert page.select_one("main a[href^='/subscribe']")


def test_the_archive_goes_by_month_and_topic(newsletter):
    newsletter.offer("statements", "education")
    newsletter.publish("Of November", issued_on=date(2026, 11, 20))
    newsletter.publish("Of October", issued_on=date(2026, 10, 2), topic="education")
    page = page_of(newsletter.get("/statements"))
    assert [h.get_text() for h in page.select("main section h2")][:2] == ["November 2026", "October 2026"]
    page = page_of(newsletter.get("/statements?topic=education"))
    assert [h.get_text(strip=True) for h in page.select(".wire h3")] == ["Of October"]
    assert page.select_one("[aria-current=page].tag").get_text() == "Education"


def test_the_archive_turns_its_pages(newsletter):
    newsletter.offer("statements")
    for number in range(23):
        newsletter.publish(f"Statement {number}", issued_on=date(2026, 1, 1 + number))
    first = page_of(newsletter.get("/statements"))
    assert len(first.select(".wire li")) == 20
    older = page_of(newsletter.get(first.find("a", rel="next")["href"]))
    assert [h.get_text(strip=True) for h in older.select(".wire h3")] == ["Statement 2", "Statement 1", "Statement 0"]
    assert older.find("a", rel="prev")


@pytest.mark.parametrize(
    "path",
    [
        "/statements?page=2",
        "/statements?page=0",
        "/statements?page=-1",
        "/statements?page=99999999999999999999",
        "/statements?topic=nowhere",
        "/statements?topic=%00nothing",
        "/statements/nowhere",
        "/statements/%00",
        "/statements/%D8%A7",
        "/feed.atom?topic=nowhere",
        "/images/00000000-0000-4000-8000-000000000000",
        "/images/x",
    ],
)
def test_what_is_not_there_is_a_page_that_says_what_to_do(newsletter, path):
    newsletter.offer("statements")
    answer = newsletter.get(path)
    assert answer.status_code == 404
    assert "Go to the front page" in answer.text


def test_a_statement_has_all_that_a_journalist_needs(newsletter):
    newsletter.offer("statements")
    picture = BytesIO()
    Pillow.new("RGB", (640, 320), "teal").save(picture, "PNG")
    image = images.add(newsletter.session, picture.getvalue())
    statement = newsletter.publish(
        "Ramps first",
        body="Doors **open**.",
        standfirst="Why it matters.",
        signatory_name="Mara Okonjo",
        signatory_role="Director",
        contact_name="Tomás Rey",
        contact_email="press@opendoors.example",
        contact_phone="+44 20 7946 0001",
        image_id=image.id,
        image_alt="A ramp at a station",
    )
    page = page_of(newsletter.get(f"/statements/{statement.slug}"))
    words = " ".join(page.find("main").get_text(" ").split())
    for expected in ("November 20, 2026", "Why it matters.", "Mara Okonjo Director", "Media contact Tomás Rey"):
        assert expected in words
    assert page.select_one("article .prose strong").get_text() == "open"
    assert page.find("a", href="mailto:press@opendoors.example")
    shown = page.select_one("article img")
    assert (shown["alt"], shown["width"], shown["height"]) == ("A ramp at a station", "640", "320")
    assert "Get the latest news about the rights of disabled people delivered straight to your inbox" in words
    assert page.find("a", href="/subscribe?topic=statements")


def test_a_picture_is_kept_for_ever_by_those_who_have_it(newsletter):
    picture = BytesIO()
    Pillow.new("RGB", (10, 10), "teal").save(picture, "PNG")
    image = images.add(newsletter.session, picture.getvalue())
    newsletter.session.commit()
    answer = newsletter.get(f"/images/{image.id}")
    assert answer.mimetype == "image/jpeg"
    assert answer.headers["Content-Disposition"] == f'inline; filename="{image.id}.jpeg"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert newsletter.get(f"/images/{image.id}", **{"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_a_statement_speaks_its_own_language_on_a_page_of_ours(newsletter):
    newsletter.offer("statements")
    statement = newsletter.publish("المدارس للجميع", language="ar", body="نص")
    page = page_of(newsletter.get(f"/statements/{statement.slug}"))
    assert (page.html["lang"], page.html["dir"]) == ("en", "ltr")
    assert (page.article["lang"], page.article["dir"]) == ("ar", "rtl")


def test_a_draft_is_nowhere(newsletter):
    newsletter.offer("statements")
    statement = newsletter.publish("Not yet")
    statement.state = StatementState.DRAFT
    newsletter.session.commit()
    assert newsletter.get(f"/statements/{statement.slug}").status_code == 404
    for path in ("/", "/statements", "/feed.atom", "/feed.json", "/sitemap.xml"):
        assert "Not yet" not in newsletter.get(path).text
        assert statement.slug not in newsletter.get(path).text


def test_what_an_author_pastes_can_not_run(newsletter):
    newsletter.offer("statements")
    hostile = '"><script>alert(1)</script>'
    statement = newsletter.publish(
        f"A title {hostile}",
        body=ATTACK,
        standfirst=hostile,
        signatory_name=hostile,
        contact_name=hostile,
        contact_phone=hostile,
    )
    for path in ("/", "/statements", f"/statements/{statement.slug}"):
        page = page_of(newsletter.get(path))
        assert not page.find_all(["script", "style", "svg"])
        assert not [tag for tag in page.select("article *") if any(name.startswith("on") for name in tag.attrs)]
        assert not [a["href"] for a in page.find_all("a", href=True) if a["href"].startswith(("javascript:", "data:"))]
        assert not page.select("article [style], article iframe")
    feed = ET.fromstring(newsletter.get("/feed.atom").data)
    assert "<script" not in feed.find("atom:entry/atom:content", ATOM).text


def test_a_page_that_has_not_changed_is_not_sent_twice(newsletter):
    newsletter.offer("statements")
    newsletter.publish("Ramps first")
    for path in ("/", "/statements/ramps-first", "/feed.atom", "/feed.json"):
        answer = newsletter.get(path)
        again = newsletter.get(path, **{"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
    newsletter.publish("Doors next")
    assert newsletter.get("/", **{"If-None-Match": newsletter.get("/help").headers["ETag"]}).status_code == 200


def test_feed_readers_get_each_statement_with_its_words_and_language(newsletter):
    newsletter.offer("statements", "education")
    newsletter.publish("Ramps & doors", standfirst="In short.", body="All *doors*.")
    newsletter.publish("L'école", topic="education", language="fr")
    answer = newsletter.get("/feed.atom")
    assert answer.mimetype == "application/atom+xml"
    feed = ET.fromstring(answer.data)
    assert [title.text for title in feed.findall("atom:entry/atom:title", ATOM)] == ["L'école", "Ramps & doors"]
    for needed in ("id", "title", "updated", "author/atom:name"):
        assert feed.find(f"atom:{needed}", ATOM).text
    entry = feed.findall("atom:entry", ATOM)[1]
    assert entry.find("atom:id", ATOM).text == "http://localhost:8000/statements/ramps-doors"
    assert "<em>doors</em>" in entry.find("atom:content", ATOM).text
    only = ET.fromstring(newsletter.get("/feed.atom?topic=education").data)
    assert len(only.findall("atom:entry", ATOM)) == 1

    json_feed = newsletter.get("/feed.json").json
    assert json_feed["version"] == "https://jsonfeed.org/version/1.1"
    assert [(item["title"], item["language"]) for item in json_feed["items"]] == [
        ("L'école", "fr"),
        ("Ramps & doors", "en"),
    ]
    assert [item["title"] for item in newsletter.get("/feed.json?topic=education").json["items"]] == ["L'école"]


def test_odd_characters_do_not_break_the_feed(newsletter):
    newsletter.offer("statements")
    newsletter.publish("Odd \ufffe\uffff title", body="x \ufffe y")
    ET.fromstring(newsletter.get("/feed.atom").data)


def test_search_engines_learn_the_pages_and_stay_away_from_readers_links(newsletter):
    newsletter.offer("statements")
    newsletter.publish("Ramps first")
    sitemap = ET.fromstring(newsletter.get("/sitemap.xml").data)
    addresses = [element.text for element in sitemap.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert "http://localhost:8000/statements/ramps-first" in addresses
    for address in addresses:
        assert newsletter.open(address).status_code == 200
    robots = newsletter.get("/robots.txt").text
    for path in ("/c/", "/n/", "/p/", "/u/", "/console"):
        assert f"Disallow: {path}\n" in robots


def test_topics_that_are_not_public_are_not_shown(newsletter):
    newsletter.offer("statements", "internal")
    newsletter.publish("For some", topic="internal")
    topics.find(newsletter.session, "internal").is_public = False
    newsletter.session.commit()
    for path in ("/", "/statements", "/statements/for-some", "/subscribe", "/embed"):
        assert "Internal" not in newsletter.get(path).text
    assert newsletter.get("/statements?topic=internal").status_code == 404
