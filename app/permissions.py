"""Who may do what in the console: one table. What doesn't stand in it is forbidden."""

from collections.abc import Mapping
from enum import StrEnum

from app.models import Role


class Permission(StrEnum):
    """One thing that a route may ask for; each route of the console names one."""

    OWN_ACCOUNT = "own_account"
    """One's own password, second factor and sign-ins."""
    SEE = "see"
    """Statements, campaigns, reports and the dashboard, without anybody's address."""
    WRITE = "write"
    """Write, publish, correct and withdraw statements; prepare campaigns, send test mails, hand in for approval."""
    APPROVE = "approve"
    """Approve a campaign or hand it back."""
    SEND = "send"
    """Send or schedule what is approved; undo, pause, resume, cancel; decide about unknown mail."""
    SEE_PEOPLE = "see_people"
    """Subscribers and the single messages to them."""
    CHANGE_PEOPLE = "change_people"
    """Add, unsubscribe, lift a suppression."""
    EXPORT = "export"
    """Take addresses out of the service."""
    SEE_AUDIT = "see_audit"
    CHANGE_STAFF = "change_staff"
    CHANGE_SETTINGS = "change_settings"
    """What staff may change about the service, topics included."""


_VIEWER = frozenset({Permission.OWN_ACCOUNT, Permission.SEE})
_AUTHOR = _VIEWER | {Permission.WRITE}
_APPROVER = _AUTHOR | {Permission.APPROVE, Permission.SEND, Permission.SEE_PEOPLE}
PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.VIEWER: _VIEWER,
    Role.AUTHOR: _AUTHOR,
    Role.APPROVER: _APPROVER,
    Role.ADMIN: frozenset(Permission),
}


def may(role: Role, permission: Permission) -> bool:
    """Whether somebody in this role may do it."""
    return permission in PERMISSIONS.get(role, frozenset())
