"""The staff's door: write a statement, look at its mail, publish it, send it, and watch it go.

Each module of views puts its routes on the blueprint of `door` when it is imported here.
"""

from flask import Flask

from app.console import (
    account,
    audit,
    autosaving,
    bounces,
    campaign_approval,
    campaign_audience,
    campaign_checks,
    campaign_content,
    campaign_test,
    delivery_lists,
    errors,
    holding,
    image_adding,
    limits,
    link_checking,
    links,
    lock,
    look,
    overview,
    passkeys,
    pasting,
    people_words,
    preparing,
    previewing,
    proof,
    report_review,
    second_factor,
    second_step,
    sending,
    sign_in,
    site,
    staff,
    staff_changes,
    statement_editing,
    statement_importing,
    statement_publishing,
    statement_translating,
    statement_versions,
    statements,
    steering,
    subscriber_acts,
    subscriber_lifting,
    subscriber_rights,
    subscribers,
    topics,
    watching,
    words,
)
from app.console.door import console

__all__ = [
    "account",
    "audit",
    "autosaving",
    "bounces",
    "campaign_approval",
    "campaign_audience",
    "campaign_checks",
    "campaign_content",
    "campaign_test",
    "delivery_lists",
    "errors",
    "holding",
    "image_adding",
    "link_checking",
    "links",
    "lock",
    "overview",
    "passkeys",
    "pasting",
    "preparing",
    "previewing",
    "proof",
    "register",
    "report_review",
    "second_factor",
    "second_step",
    "sending",
    "sign_in",
    "site",
    "staff",
    "staff_changes",
    "statement_editing",
    "statement_importing",
    "statement_publishing",
    "statement_translating",
    "statement_versions",
    "statements",
    "steering",
    "subscriber_acts",
    "subscriber_lifting",
    "subscriber_rights",
    "subscribers",
    "topics",
    "watching",
]


def register(app: Flask) -> None:
    """Open the door at `/console`."""
    words.install(app)
    people_words.install(app)
    look.install(app)
    app.register_blueprint(console)
    limits.install(app)
