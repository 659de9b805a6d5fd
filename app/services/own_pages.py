"""Addresses at our own service: whether readers who follow one find a page."""

import re
from typing import Literal
from urllib.parse import unquote, urlsplit
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Image, Statement, StatementState
from app.services import languages

Standing = Literal["found", "missing", "personal", "staff"]
_FIXED = frozenset(
    {
        "/", "/statements", "/subscribe", "/subscribe/check-your-inbox", "/help", "/privacy", "/feed.atom",
        "/feed.json", "/sitemap.xml", "/robots.txt", "/embed", "/embed/form", "/embed/check-your-inbox", "/health",
        "/preferences", "/preferences/check-your-inbox",
    }
)  # fmt: skip
_STATEMENT = re.compile(r"/statements/(?P<slug>[^/]+)(?:/(?P<language>[^/]+))?")
_IMAGE = re.compile(r"/images/(?P<id>[0-9a-fA-F-]{32,36})")
_PERSONAL = re.compile(r"/[acnpu]/.")


def standing(session: Session, url: str) -> Standing:
    """What an address leads to: a page, nothing, one reader's own page, or a part that only staff may enter."""
    path = unquote(urlsplit(url).path) or "/"
    if path in _FIXED or path.startswith(("/static/", "/bootstrap/static/")):
        return "found"
    if _PERSONAL.match(path):
        return "personal"
    if path.startswith(("/console", "/dev")):
        return "staff"
    if match := _STATEMENT.fullmatch(path):
        return "found" if _is_statement(session, match["slug"], match["language"]) else "missing"
    if match := _IMAGE.fullmatch(path):
        return "found" if _is_image(session, match["id"]) else "missing"
    return "missing"


def _is_statement(session: Session, slug: str, language: str | None) -> bool:
    statement = session.scalar(
        select(Statement).where(Statement.slug == slug, Statement.state == StatementState.PUBLISHED)
    )
    if statement is None or language is None:
        return statement is not None
    return language.lower() in map(str.lower, languages.tags(statement))


def _is_image(session: Session, text: str) -> bool:
    try:
        return session.scalar(select(Image.id).where(Image.id == UUID(text))) is not None
    except ValueError:
        return False
