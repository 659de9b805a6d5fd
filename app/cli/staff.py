"""`communique staff`: accounts of the press office, made and mended where the service is installed."""

import secrets

import click
from sqlalchemy.orm import Session

from app.cli.context import pass_settings
from app.cli.transaction import transaction
from app.clock import utc_now
from app.errors import Conflict, Invalid, NotFound
from app.links import Links
from app.models import Role, StaffLinkKind, StaffMember
from app.services import access, audit
from app.services.access import accounts, mailed_links, second_factor
from app.services.audit import Actor, Thing
from app.settings import Settings

ROLES = click.Choice([role.value for role in Role])
_HERE = Actor("command line")


@click.group()
def staff() -> None:
    """Accounts of the press office."""


@staff.command()
@click.argument("email")
@click.option("--name", help="Their name, as colleagues see it. Left out: what stands before the @.")
@click.option("--password", help="Their first password. Left out: one is made and shown once.")
@click.option("--role", type=ROLES, help="What they may do. May be left out while there is no admin: they become it.")
@pass_settings
def add(settings: Settings, email: str, name: str | None, password: str | None, role: str | None) -> None:
    """Make an account for EMAIL."""
    chosen, called = password or secrets.token_urlsafe(12), email.partition("@")[0] if name is None else name
    with transaction(settings) as session:
        given = Role(role) if role else _first_admin(session)
        member = access.add_staff(session, email, called, chosen, role=given, about=[settings.organisation])
        _note(session, "staff.add", member, role=given.value)
    links = Links.from_settings(settings)
    click.echo(f"{email} can sign in at {links.console()}")
    if password is None:
        click.echo(f"Password (shown only now): {chosen}")


@staff.command("list")
@pass_settings
def list_(settings: Settings) -> None:
    """Show everybody who has an account."""
    with transaction(settings) as session:
        for colleague in accounts.every(session):
            member = colleague.member
            factor = "second factor" if colleague.has_second_factor else "password only"
            seen = f"seen {colleague.seen_at:%Y-%m-%d}" if colleague.seen_at else "never seen"
            state = "" if member.is_enabled else ", disabled"
            click.echo(f"{member.email:40} {member.role.value:9} {factor}, {seen}{state}")


@staff.command()
@click.argument("email")
@pass_settings
def disable(settings: Settings, email: str) -> None:
    """Keep EMAIL out, at once and wherever they are signed in."""
    with transaction(settings) as session:
        member = _find(session, email)
        accounts.disable(session, member, by=None)
        _note(session, "staff.disable", member)
    click.echo(f"{member.email} can't sign in any more.")


@staff.command()
@click.argument("email")
@pass_settings
def enable(settings: Settings, email: str) -> None:
    """Let EMAIL in again."""
    with transaction(settings) as session:
        member = _find(session, email)
        accounts.enable(member)
        _note(session, "staff.enable", member)
    click.echo(f"{member.email} can sign in again.")


@staff.command("change-role")
@click.argument("email")
@click.argument("role", type=ROLES)
@pass_settings
def change_role(settings: Settings, email: str, role: str) -> None:
    """Give EMAIL another ROLE; they have to sign in again."""
    with transaction(settings) as session:
        member = _find(session, email)
        former = accounts.change_role(session, member, Role(role), by=None)
        _note(session, "staff.change_role", member, before=former.value, after=role)
    click.echo(f"{member.email} is {role} now.")


@staff.command("reset-password")
@click.argument("email")
@pass_settings
def reset_password(settings: Settings, email: str) -> None:
    """Print a link by which EMAIL chooses a new password. The second factor stays."""
    with transaction(settings) as session:
        member = _find(session, email)
        if not member.is_enabled:
            raise Conflict(f"{member.email} is disabled: communique staff enable {member.email}")
        key = mailed_links.issue(session, member, StaffLinkKind.RESET, now=utc_now())
        _note(session, "staff.send_link", member)
    click.echo(f"Give this to {member.email}; it works for {mailed_links.MINUTES} minutes, and once:")
    click.echo(Links.from_settings(settings).staff_link(key))


@staff.command("reset-second-factor")
@click.argument("email")
@click.option("--reason", required=True, help="Why; it stands in the audit log.")
@pass_settings
def reset_second_factor(settings: Settings, email: str, reason: str) -> None:
    """Take away the authenticator app, passkeys and recovery codes of EMAIL, whose device is lost."""
    with transaction(settings) as session:
        member = _find(session, email)
        second_factor.remove(session, member)
        _note(session, "staff.reset_second_factor", member, reason=reason)
    click.echo(f"{member.email} signs in with the password alone until they set up a new second factor.")


def _first_admin(session: Session) -> Role:
    """Admin, as long as there is none; raises Invalid afterwards: a role is given on purpose."""
    if accounts.has_admin(session):
        raise Invalid(f"Say what they may do: --role {', --role '.join(ROLES.choices)}")
    return Role.ADMIN


def _find(session: Session, email: str) -> StaffMember:
    member = accounts.find(session, email)
    if member is None:
        raise NotFound(f"Nobody with the address {email} has an account. See: communique staff list")
    return member


def _note(session: Session, action: str, member: StaffMember, **details: str) -> None:
    thing = Thing("staff", str(member.id), member.email)
    audit.record(session, _HERE, action, thing, now=utc_now(), details=details)
