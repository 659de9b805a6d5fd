"""Letters about an approval: to those who may give it when a campaign is handed in, and to its author afterwards."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.mail.merge_fields import for_everybody
from app.models import Campaign, LetterKind, StaffMember
from app.permissions import PERMISSIONS, Permission
from app.services import approval, letters, site
from app.services.editions import Press


def ask_for_approval(session: Session, press: Press, campaign: Campaign, *, now: datetime) -> int:
    """Write to everybody else who may approve what was handed in; gives how many that are."""
    readers = _others_who_may(session, press, campaign)
    by = _name(campaign.submitted_by)
    for member in readers:
        _write(
            session,
            press,
            member,
            now,
            heading=f"To be approved: {for_everybody(campaign.subject)}",
            paragraphs=[
                f"{by} has handed this mail in. It is sent to nobody before it is approved.",
                "Look at what would be sent, and to whom; then approve it, or hand it back with a note.",
            ],
            link_url=_page(press, campaign, "approval"),
            link_words="Look at the mail",
        )
    return len(readers)


def tell_approved(session: Session, press: Press, campaign: Campaign, *, now: datetime) -> None:
    """Tell whoever handed it in, unless they have approved it themselves."""
    _tell_author(
        session,
        press,
        campaign,
        campaign.approved_by,
        now,
        heading=f"Approved: {for_everybody(campaign.subject)}",
        paragraphs=[
            f"{_name(campaign.approved_by)} has approved this mail.",
            "Whoever may send it decides when. If it is changed before that, it has to be approved again.",
        ],
        link_url=_page(press, campaign),
        link_words="See how it stands",
    )


def tell_handed_back(session: Session, press: Press, campaign: Campaign, by: StaffMember, *, now: datetime) -> None:
    """Tell whoever handed it in what shall be changed."""
    _tell_author(
        session,
        press,
        campaign,
        by,
        now,
        heading=f"Handed back: {for_everybody(campaign.subject)}",
        paragraphs=[
            f"{_name(by)} has looked at this mail and asks for a change: {campaign.review_note}",
            "Nobody has got it. Change it, then hand it in again.",
        ],
        link_url=_page(press, campaign, "prepare"),
        link_words="Change it",
    )


def _others_who_may(session: Session, press: Press, campaign: Campaign) -> Sequence[StaffMember]:
    """Those who have accepted their invitation, may approve, and may approve this one."""
    roles = [role for role, granted in PERMISSIONS.items() if Permission.APPROVE in granted]
    can_act = StaffMember.is_enabled, StaffMember.role.in_(roles), StaffMember.password_hash != ""
    four_eyes = site.get(session, press.settings).four_eyes
    return [
        member
        for member in session.scalars(select(StaffMember).where(*can_act).order_by(StaffMember.id))
        if member.id != campaign.submitted_by_id
        and not approval.refusal(session, campaign, member, four_eyes=four_eyes)
    ]


def _tell_author(
    session: Session, press: Press, campaign: Campaign, by: StaffMember | None, now: datetime, **words: str | list[str]
) -> None:
    author = campaign.submitted_by
    if author is not None and author is not by and author.is_enabled:
        _write(session, press, author, now, **words)


def _write(session: Session, press: Press, member: StaffMember, now: datetime, **words: str | list[str]) -> None:
    letters.write(session, press, LetterKind.ALERT, member, now, **words)


def _page(press: Press, campaign: Campaign, step: str = "") -> str:
    return f"{press.links.campaign(str(campaign.public_id))}/{step}".rstrip("/")


def _name(member: StaffMember | None) -> str:
    return (member.name or member.email) if member is not None else "Somebody"
