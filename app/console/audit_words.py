"""The audit log in words: one table of everything that can be done."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _


def actions() -> dict[str, str]:
    """What each action is called, in the order of its name."""
    return _first_actions() | _other_actions()


def _first_actions() -> dict[str, str]:
    return {
        "audit.export": _("Exported the audit log"),
        "campaign.acknowledge": _("Accepted a warning of the preflight"),
        "campaign.approve": _("Approved a campaign"),
        "campaign.audience": _("Changed who a campaign is for"),
        "campaign.begin": _("Began a campaign"),
        "campaign.cancel": _("Cancelled a campaign"),
        "campaign.check_links": _("Had the links of a mail checked"),
        "campaign.content": _("Changed what a campaign says"),
        "campaign.discard": _("Gave a campaign up before it was sent"),
        "campaign.hold_unknown": _("Decided that unknown mail is not sent again"),
        "campaign.pause": _("Paused a campaign"),
        "campaign.resend_unknown": _("Sent unknown mail once more"),
        "campaign.resume": _("Let a campaign go on"),
        "campaign.return": _("Handed a campaign back"),
        "campaign.schedule": _("Scheduled a campaign"),
        "campaign.send": _("Sent a campaign"),
        "campaign.submit": _("Handed a campaign in for approval"),
        "campaign.test": _("Sent a test mail"),
        "campaign.undo": _("Took a sending back"),
        "deliveries.export": _("Exported a list of messages"),
        "doubt.believe": _("Believed that addresses of a provider don't exist"),
        "doubt.forgive": _("Kept the addresses that a provider refused"),
        "erasure.replay": _("Erased again who was erased before a restore"),
        "first_step.tick": _("Called a first step done"),
        "import.apply": _("Added the people of an imported list"),
        "import.begin": _("Had a list of subscribers read"),
        "import.discard": _("Put an imported list aside"),
        "import.export": _("Exported the refused lines of an import"),
        "import.undo": _("Took an import back"),
        "instance.adopt": _("Moved the sending to this installation"),
    }


def _other_actions() -> dict[str, str]:
    return {
        "provider.release": _("Let mail to a provider go on"),
        "report.dismiss": _("Put a report aside"),
        "retention.run": _("Let go of what was old"),
        "settings.change": _("Changed a setting"),
        "staff.accept_invitation": _("Accepted an invitation"),
        "staff.add": _("Made an account"),
        "staff.add_passkey": _("Added a passkey"),
        "staff.ask_for_reset": _("Asked for a link to a new password"),
        "staff.change_password": _("Changed their password"),
        "staff.change_role": _("Gave somebody another role"),
        "staff.codes_off": _("Switched their authenticator app off"),
        "staff.codes_on": _("Set up an authenticator app"),
        "staff.disable": _("Disabled an account"),
        "staff.enable": _("Enabled an account"),
        "staff.end_session": _("Signed out in another browser"),
        "staff.end_sessions": _("Signed out everywhere else"),
        "staff.invite": _("Invited somebody"),
        "staff.make_recovery_codes": _("Made recovery codes"),
        "staff.remove_passkey": _("Removed a passkey"),
        "staff.rename_passkey": _("Renamed a passkey"),
        "staff.reset_password": _("Chose a new password by a mailed link"),
        "staff.reset_second_factor": _("Took away somebody's second factor"),
        "staff.send_link": _("Sent somebody a link to a new password"),
        "staff.sign_in": _("Signed in"),
        "staff.sign_in_refused": _("Was not let in"),
        "staff.sign_out": _("Signed out"),
        "statement.correct": _("Corrected a statement"),
        "statement.create": _("Wrote a new statement"),
        "statement.publish": _("Published a statement"),
        "statement.remove_translation": _("Removed a translation"),
        "statement.restore": _("Brought an older version back"),
        "statement.save": _("Saved a statement"),
        "statement.translate": _("Saved a translation"),
        "statement.withdraw": _("Withdrew a statement"),
        "subscriber.add": _("Added a subscriber"),
        "subscriber.approve_role": _("Had the address of a role asked to confirm"),
        "subscriber.ask_again": _("Had a confirmation sent again"),
        "subscriber.block": _("Blocked an address"),
        "subscriber.erase": _("Erased somebody who asked"),
        "subscriber.export": _("Took out what is kept of somebody"),
        "subscriber.lift": _("Let an address be written to again"),
        "subscriber.refuse_role": _("Had nothing sent to the address of a role"),
        "subscriber.unsubscribe": _("Unsubscribed somebody who asked"),
        "subscribers.export": _("Exported subscribers"),
        "topic.add": _("Added a topic"),
        "topic.change": _("Changed a topic"),
        "topic.move": _("Moved a topic"),
    }


def action_words(action: str) -> str:
    """What an action is called; one that has no words goes by its name."""
    return actions().get(action) or action.replace(".", ": ").replace("_", " ")


def details_words(details: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What else was written down, as pairs of a name and a value; a change is one pair."""
    rest = dict(details)
    pairs = []
    if {"before", "after"} <= rest.keys():
        before, after = value_words(rest.pop("before")), value_words(rest.pop("after"))
        pairs.append((_("change"), _("from %(before)s to %(after)s", before=before, after=after)))
    return pairs + [(name.replace("_", " "), value_words(value)) for name, value in sorted(rest.items())]


def value_words(value: Any) -> str:
    """A value of JSON for somebody who reads."""
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if value is None or value in ("", [], {}):
        return str(_("nothing"))
    if isinstance(value, list):
        return ", ".join(map(value_words, value))
    if isinstance(value, dict):
        return ", ".join(f"{name}: {value_words(one)}" for name, one in value.items())
    return f"“{value}”" if isinstance(value, str) and " " in value else str(value)
