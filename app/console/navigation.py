"""The ways through the console: an entry shows once its page exists and whoever is signed in may open it."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import g, request, url_for
from flask_babel import gettext as _

from app.permissions import Permission
from app.permissions import may as role_may
from app.web.access import declared_access, declared_permission


@dataclass(frozen=True, slots=True)
class Entry:
    """One way in the navigation; `current` is what its link says in `aria-current`."""

    words: str
    url: str
    current: str


def entries() -> list[Entry]:
    """What stands in the navigation, in this order."""
    pages = {
        "overview": _("Overview"),
        "list_statements": _("Statements"),
        "list_campaigns": _("Campaigns"),
        "list_subscribers": _("Subscribers"),
        "show_bounces": _("Bounces"),
        "list_topics": _("Topics"),
        "list_staff": _("Staff"),
        "show_audit": _("Audit log"),
        "show_settings": _("Settings"),
        "show_account": _("My account"),
    }
    found = {f"console.{name}": words for name, words in pages.items() if has_page(f"console.{name}")}
    return [Entry(words, url_for(endpoint), _current(endpoint)) for endpoint, words in found.items()]


def has_page(endpoint: str) -> bool:
    """Whether this page exists and whoever is signed in may open it."""
    kind = declared_access(endpoint)
    permission = declared_permission(endpoint)
    if kind == "staff":
        return permission is not None and may(permission)
    return kind is not None


def may(permission: str) -> bool:
    """Whether whoever is signed in may do this; the name is one of `app.permissions`, another one is an error."""
    member = g.get("staff")
    return member is not None and role_may(member.role, Permission(permission))


def page_url(number: int, name: str = "page") -> str:
    """The address of the page that is shown, with another number in it; what else it says (a search) is kept."""
    said = request.args.to_dict(flat=False) | {name: [str(number)]}
    return f"{request.script_root}{request.path}?{urlencode(said, doseq=True)}"


def _current(endpoint: str) -> str:
    here, there = f"{request.script_root}{request.path}", url_for(endpoint)
    if here == there:
        return "page"
    return "true" if here.startswith(f"{there}/") else ""
