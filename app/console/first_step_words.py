"""The way to the first campaign in words: what each step is, why, and where it is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from app.console.navigation import has_page, may
from app.models import Campaign, Statement
from app.permissions import Permission
from app.services.first_steps import TICKED, Step, StepName


@dataclass(frozen=True, slots=True)
class Guide:
    """One step as the first page shows it.

    `url` is empty where whoever looks can't do it themselves; then `words` say who can. `tick` is what its button says
    by which it is called done as it is, if it may be.
    """

    name: str
    title: str
    words: str
    url: str
    link: str
    tick: str
    is_done: bool


def guides(
    steps: Sequence[Step], draft: Statement | None, ready: Statement | None, begun: Campaign | None
) -> list[Guide]:
    """All steps. `draft` is a statement to be published, `ready` one to be sent, `begun` a campaign on its way."""
    places = _places(draft, ready, begun)
    return [_guide(step, *places[step.name]) for step in steps]


def _guide(step: Step, endpoint: str, values: dict[str, Any], link: str) -> Guide:
    title, words, tick = _words()[step.name]
    is_open = has_page(endpoint)
    may_tick = step.name in TICKED and may(Permission.CHANGE_SETTINGS)
    return Guide(
        step.name.value,
        title,
        words if is_open else f"{words} {_('Somebody with another role does this.')}",
        url_for(endpoint, **values) if is_open else "",
        link,
        tick if may_tick else "",
        step.is_done,
    )


def _words() -> dict[StepName, tuple[str, str, str]]:
    return {
        StepName.ACCOUNT: (
            _("Secure your account"),
            _("A code from your telephone, or a passkey, keeps strangers out even if they know your password."),
            "",
        ),
        StepName.SENDER: (
            _("Look at who writes"),
            _("Readers see a sender's name, a footer, and where their answers go."),
            _("It is right as it is"),
        ),
        StepName.TOPIC: (
            _("Have a topic"),
            _("Readers choose what they want to hear about; one topic is enough."),
            "",
        ),
        StepName.FORM: (
            _("See the sign-up form"),
            _("It has a page of its own, and can stand on your website. Nobody gets mail who hasn't confirmed it."),
            _("I have seen it"),
        ),
        StepName.WRITE: (
            _("Write a statement"),
            _("Write one here, paste a page from your website, or import a file. It stays a draft."),
            "",
        ),
        StepName.PUBLISH: (
            _("Publish it"),
            _("Then it has a page in your archive, to which the mail leads. Nothing is sent yet."),
            "",
        ),
        StepName.TEST: (
            _("Send yourself a test"),
            _("Choose who gets it and read the checks; then look at the real mail in your own inbox."),
            "",
        ),
        StepName.SEND: (
            _("Send it"),
            _("Now, or at a time that you choose. For a short while it can be undone."),
            "",
        ),
    }


def _places(
    draft: Statement | None, ready: Statement | None, begun: Campaign | None
) -> dict[StepName, tuple[str, dict[str, Any], str]]:
    """Where each step is done: the page, its arguments, and the words of the link."""
    statements: tuple[str, dict[str, Any], str] = ("console.list_statements", {}, _("To the statements"))
    send = statements
    test = statements
    if begun is not None:
        values: dict[str, Any] = {"public_id": begun.public_id}
        send = ("console.prepare_campaign", values, _("Go on with it"))
        test = ("console.campaign_test", values, _("To the test"))
    elif ready is not None:
        send = test = ("console.prepare_sending", {"statement_id": ready.id}, _("Prepare the sending"))
    publish = statements
    if draft is not None:
        publish = ("console.show_statement", {"statement_id": draft.id}, _("Look at it and publish it"))
    return {
        StepName.ACCOUNT: ("console.show_account", {}, _("To my account")),
        StepName.SENDER: ("console.show_settings", {}, _("To the settings")),
        StepName.TOPIC: ("console.list_topics", {}, _("To the topics")),
        StepName.FORM: ("joining.form", {}, _("Look at the form")),
        StepName.WRITE: ("console.new_statement", {}, _("Write your first statement")),
        StepName.PUBLISH: publish,
        StepName.TEST: test,
        StepName.SEND: send,
    }
