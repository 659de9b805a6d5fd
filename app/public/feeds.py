"""For machines: Atom (RFC 4287), JSON Feed 1.1, sitemap, robots.txt."""

import unicodedata
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, tostring  # only writes; nothing is parsed

from flask import Blueprint, Response, json, url_for

from app.db import db
from app.mail.markdown import to_html
from app.mail.merge_fields import for_everybody
from app.models import Topic
from app.public.archive import chosen_topic
from app.public.language import in_visitors_language
from app.public.responses import revalidated
from app.services import languages, statements
from app.services.languages import StatementText
from app.web.access import access
from app.web.installation import installation

ATOM = "http://www.w3.org/2005/Atom"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
MOST_ADDRESSES = 49_000
"""A sitemap may hold 50,000."""
PRIVATE_PATHS = ("/c/", "/n/", "/p/", "/u/", "/console", "/dev/")

pages = Blueprint("feeds", __name__)
pages.after_request(revalidated)


@pages.get("/feed.atom")
@access("public")
def atom() -> Response:
    """The newest statements, of one topic or all, as an Atom feed."""
    topic = chosen_topic()
    found = in_visitors_language(statements.archive(db.session(), topic)[0])
    base = installation().links.base
    feed = Element("feed", {"xmlns": ATOM})
    _text(feed, "id", base + url_for("feeds.atom", topic=topic.slug if topic else None))
    _text(feed, "title", _title(topic))
    _text(feed, "updated", _moment(max((s.updated_at for s in found if s.updated_at), default=installation().now())))
    _text(SubElement(feed, "author"), "name", installation().settings.organisation)
    SubElement(feed, "link", rel="self", href=base + url_for("feeds.atom", topic=topic.slug if topic else None))
    SubElement(feed, "link", rel="alternate", type="text/html", href=_archive_url(topic))
    for statement in found:
        _entry(feed, statement)
    return Response(tostring(feed, "unicode", xml_declaration=True), content_type="application/atom+xml; charset=utf-8")


@pages.get("/feed.json")
@access("public")
def json_feed() -> Response:
    """The newest statements, of one topic or all, as a JSON Feed."""
    topic = chosen_topic()
    found = in_visitors_language(statements.archive(db.session(), topic)[0])
    settings, links = installation().settings, installation().links
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _title(topic),
        "home_page_url": _archive_url(topic),
        "feed_url": links.base + url_for("feeds.json_feed", topic=topic.slug if topic else None),
        "authors": [{"name": settings.organisation}],
        "items": [_item(statement) for statement in found],
    }
    return Response(json.dumps(feed, ensure_ascii=False), content_type="application/feed+json; charset=utf-8")


@pages.get("/sitemap.xml")
@access("public")
def sitemap() -> Response:
    """Every page that a search engine should know."""
    links = installation().links
    urls = Element("urlset", {"xmlns": SITEMAP})
    for address in (links.home(), links.archive(), links.subscribe(), links.help()):
        _text(SubElement(urls, "url"), "loc", address)
    session = db.session()
    originals = [(slug, "", updated_at) for slug, updated_at in statements.addresses(session, MOST_ADDRESSES)]
    translations = languages.addresses(session, MOST_ADDRESSES - len(originals))
    for slug, language, updated_at in [*originals, *translations]:
        url = SubElement(urls, "url")
        _text(url, "loc", links.statement(slug, language))
        _text(url, "lastmod", _moment(updated_at))
    return Response(tostring(urls, "unicode", xml_declaration=True), content_type="application/xml; charset=utf-8")


@pages.get("/robots.txt")
@access("public")
def robots() -> Response:
    """Readers' own links and the staff's pages are nobody else's business."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in PRIVATE_PATHS)]
    lines.append(f"Sitemap: {installation().links.base}{url_for('feeds.sitemap')}")
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


def _entry(feed: Element, statement: StatementText) -> None:
    """One entry; its id is the same in all languages, its link leads to the one that is shown."""
    links = installation().links
    entry = SubElement(feed, "entry", {XML_LANG: statement.language})
    _text(entry, "id", links.statement(statement.slug))
    _text(entry, "title", for_everybody(statement.title))
    address = links.statement(statement.slug, statement.path_language or "")
    SubElement(entry, "link", rel="alternate", type="text/html", hreflang=statement.language, href=address)
    if statement.updated_at:
        _text(entry, "updated", _moment(statement.updated_at))
    if statement.published_at:
        _text(entry, "published", _moment(statement.published_at))
    if statement.standfirst:
        _text(entry, "summary", for_everybody(statement.standfirst))
    for topic in statement.topics:
        SubElement(entry, "category", term=topic.slug, label=_printable(topic.name))
    _text(entry, "content", to_html(statement.body)).set("type", "html")


def _item(statement: StatementText) -> dict[str, object]:
    links = installation().links
    item: dict[str, object] = {
        "id": links.statement(statement.slug),
        "url": links.statement(statement.slug, statement.path_language or ""),
        "title": for_everybody(statement.title),
        "content_html": to_html(statement.body),
        "language": statement.language,
        "tags": [topic.name for topic in statement.topics],
    }
    if statement.standfirst:
        item["summary"] = for_everybody(statement.standfirst)
    if statement.published_at:
        item["date_published"] = _moment(statement.published_at)
    if statement.updated_at:
        item["date_modified"] = _moment(statement.updated_at)
    if statement.image:
        item["image"] = links.image(str(statement.image.id))
    return item


def _title(topic: Topic | None) -> str:
    organisation = installation().settings.organisation
    return f"{organisation}: {topic.name}" if topic else organisation


def _archive_url(topic: Topic | None) -> str:
    return installation().links.base + url_for("archive.index", topic=topic.slug if topic else None)


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _text(parent: Element, tag: str, text: str) -> Element:
    child = SubElement(parent, tag)
    child.text = _printable(text)
    return child


def _printable(text: str) -> str:
    """Text without what XML 1.0 section 2.2 forbids: controls, surrogates, the two noncharacters of the first plane."""
    return "".join(
        c for c in text if c in "\n\t" or (unicodedata.category(c) not in {"Cc", "Cs"} and c not in "\ufffe\uffff")
    )
