"""Statements: written, saved in versions and languages, published, corrected, withdrawn, and found again."""

from app.services.statements.content import Content, canonical_language
from app.services.statements.finding import (
    PAGE_SIZE,
    Found,
    Search,
    addresses,
    archive,
    at_address,
    by_slug,
    get,
    get_published,
    languages_in_use,
    newest,
    search,
)
from app.services.statements.publishing import publish, withdraw
from app.services.statements.translating import remove_translation, save_translation, translation_in
from app.services.statements.writing import Correction, create, made_with, restore, save

__all__ = [
    "PAGE_SIZE",
    "Content",
    "Correction",
    "Found",
    "Search",
    "addresses",
    "archive",
    "at_address",
    "by_slug",
    "canonical_language",
    "create",
    "get",
    "get_published",
    "languages_in_use",
    "made_with",
    "newest",
    "publish",
    "remove_translation",
    "restore",
    "save",
    "save_translation",
    "search",
    "translation_in",
    "withdraw",
]
