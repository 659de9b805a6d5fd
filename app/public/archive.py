"""The archive: the front page, all statements by date and topic, each statement, its pictures."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

from babel import Locale
from babel.dates import format_skeleton
from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.db import db
from app.errors import NotFound
from app.models import StatementState, Topic
from app.public.language import in_visitors_language, page_language
from app.public.responses import revalidated
from app.services import images, languages, statements, topics
from app.services.languages import StatementText
from app.web.access import access

ON_FRONT_PAGE = 6
LAST_PAGE = 10_000
_SLUG = re.compile(r"[a-z0-9-]{1,120}")
_YEAR = 31_536_000

pages = Blueprint("archive", __name__)
pages.after_request(revalidated)


@dataclass(frozen=True, slots=True)
class Month:
    """The statements of one month on a page of the archive."""

    name: str
    statements: Sequence[StatementText]


@pages.get("/")
@access("public")
def home() -> str:
    """What this is, how to subscribe, what is new."""
    found, total = statements.archive(db.session())
    shown = in_visitors_language(found[:ON_FRONT_PAGE])
    newest = shown[0] if len(shown) > 1 else None
    return render_template(
        "public/home.html",
        newest=newest,
        statements=shown[1:] if newest else shown,
        topics=topics.public(db.session()),
        more=total > len(shown),
    )


@pages.get("/statements")
@access("public")
def index() -> str:
    """Published statements, newest first, by month; one topic or all."""
    topic = chosen_topic()
    page = request.args.get("page", 1, type=int)
    if not 1 <= page <= LAST_PAGE:
        raise NotFound("The archive has no such page.")
    found, total = statements.archive(db.session(), topic, page)
    if page > 1 and not found:
        raise NotFound("The archive has no such page.")
    return render_template(
        "public/archive.html",
        months=by_month(in_visitors_language(found), page_language()),
        topics=topics.public(db.session()),
        topic=topic,
        page=page,
        total=total,
        last=-(-total // statements.PAGE_SIZE) or 1,
    )


@pages.get("/statements/<slug>")
@pages.get("/statements/<slug>/<language>")
@access("public")
def statement(slug: str, language: str = "") -> ResponseReturnValue:
    """One statement in one of its languages, also the mail's view in a browser; the original has the short address."""
    if not _SLUG.fullmatch(slug):
        raise NotFound("There is no statement at this address.")
    found = statements.at_address(db.session(), slug)
    if found.state is StatementState.WITHDRAWN:
        return render_template("public/withdrawn.html", withdrawn_at=found.withdrawn_at), 410
    shown = languages.version_for(found, language) if language else languages.original(found)
    if language and shown.path_language != language:
        return redirect(url_for("archive.statement", slug=slug, language=shown.path_language))
    return render_template("public/statement.html", statement=shown, versions=languages.versions(found))


@pages.get("/images/<uuid:image_id>")
@access("public")
def image(image_id: UUID) -> Response:
    """A statement's picture; what stands at its address never changes."""
    found = images.get(db.session(), image_id)
    response = Response(found.content, mimetype=found.media_type)
    response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    name = f"{image_id}.{found.media_type.rpartition('/')[2]}"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.set_etag(image_id.hex)
    response.make_conditional(request)
    return response


def chosen_topic() -> Topic | None:
    """The public topic named by `?topic=`, None if none is named; raises NotFound for an unknown one."""
    slug = request.args.get("topic", "")
    if not slug:
        return None
    topic = topics.find(db.session(), slug) if _SLUG.fullmatch(slug) else None
    if topic is None or not topic.is_public:
        raise NotFound("There is no such topic.")
    return topic


def by_month(found: Sequence[StatementText], language: str) -> list[Month]:
    """Group statements, which are in order of their dates, under the names of their months."""
    locale = Locale.parse(language, sep="-")

    def month(statement: StatementText) -> date:
        return statement.issued_on.replace(day=1)

    return [
        Month(str(format_skeleton("yMMMM", first, locale=locale)), list(group))
        for first, group in groupby(found, month)
    ]
