"""What somebody reads who may not do something: why, and who can help."""

from flask import g, request
from flask_babel import gettext as _
from sqlalchemy import select

from app.db import db
from app.mail.language import Language
from app.models import Role, StaffMember
from app.permissions import PERMISSIONS, Permission, may
from app.web.access import declared_permission

_NAMED = 3


def role_words(role: Role) -> str:
    """A role's name."""
    words: dict[Role, str] = {
        Role.VIEWER: _("Viewer"),
        Role.AUTHOR: _("Author"),
        Role.APPROVER: _("Approver"),
        Role.ADMIN: _("Admin"),
    }
    return words[role]


def permission_words(permission: Permission) -> str:
    """What a permission allows, as the end of “you may not …”."""
    words: dict[Permission, str] = {
        Permission.OWN_ACCOUNT: _("look after their own account"),
        Permission.SEE: _("look at statements and campaigns"),
        Permission.WRITE: _("write statements and prepare campaigns"),
        Permission.APPROVE: _("approve campaigns"),
        Permission.SEND: _("send, pause or cancel campaigns"),
        Permission.SEE_PEOPLE: _("look at subscribers and the messages to them"),
        Permission.CHANGE_PEOPLE: _("change subscribers"),
        Permission.EXPORT: _("take data out of the service"),
        Permission.SEE_AUDIT: _("read the audit log"),
        Permission.CHANGE_STAFF: _("change the accounts of staff"),
        Permission.CHANGE_SETTINGS: _("change settings and topics"),
    }
    return words[permission]


def why() -> str:
    """Why this page is closed to whoever is signed in, and which roles and people may open it."""
    permission, member = declared_permission(request.endpoint), g.get("staff")
    if permission is None or member is None or may(member.role, permission):
        return str(_("This is closed to you. Nothing was changed. Start from the overview."))
    roles = [role_words(role) for role in PERMISSIONS if permission in PERMISSIONS[role]]
    sentences = [
        _("Your role is %(role)s. Nothing was changed.", role=role_words(member.role)),
        _("Only %(roles)s may %(this)s.", roles=_listed(roles), this=permission_words(permission)),
    ]
    if names := _who_can_help():
        sentences.append(_("To get another role, ask %(names)s.", names=_listed(names)))
    return " ".join(map(str, sentences))


def _listed(names: list[str]) -> str:
    return Language("en").enumerate(names)


def _who_can_help() -> list[str]:
    """Some of those who can change roles."""
    can_help = StaffMember.is_enabled, StaffMember.role == Role.ADMIN, StaffMember.password_hash != ""
    wanted = select(StaffMember.name).where(*can_help).order_by(StaffMember.id).limit(_NAMED)
    return list(db.session.scalars(wanted).all())
