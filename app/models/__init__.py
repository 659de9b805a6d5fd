"""The nouns: what is kept, one idea a file. Importing this package registers every table on `Base.metadata`."""

from app.models.address_change import AddressChange
from app.models.audit import AuditEntry
from app.models.base import Base
from app.models.campaign import (
    Acknowledgement,
    Campaign,
    CampaignState,
    Edition,
    UnknownPolicy,
    campaign_excluded_topics,
    campaign_topics,
)
from app.models.consent import ConsentEvent, ConsentKind, ConsentText
from app.models.delivery import CLOSED, OPEN, Delivery, DeliveryKind, DeliveryState
from app.models.doubt import Doubt, DoubtDecision
from app.models.image import Image
from app.models.installation import Installation
from app.models.letter import Letter, LetterKind, LetterState
from app.models.provider_hold import ProviderHold
from app.models.raw_report import BY_MAIL, RawReport, ReportSource, ReportState
from app.models.reply_class import ReplyClass
from app.models.reported_event import ReportedEvent, ReportedKind
from app.models.signup_guard import SignupApproval, SignupAttack
from app.models.site_setting import SiteSetting
from app.models.staff import Passkey, RecoveryCode, Role, StaffLink, StaffLinkKind, StaffMember, StaffSession
from app.models.statement import Autosave, Statement, StatementState, StatementVersion, Translation, statement_topics
from app.models.subscriber import Subscriber, Subscription, SubscriptionState
from app.models.subscriber_import import (
    ImportPiece,
    ImportReader,
    ImportRow,
    ImportState,
    ImportVerdict,
    SubscriberImport,
)
from app.models.suppression import SILENCING, Suppression, SuppressionReason
from app.models.topic import Topic

__all__ = [
    "BY_MAIL",
    "CLOSED",
    "OPEN",
    "SILENCING",
    "Acknowledgement",
    "AddressChange",
    "AuditEntry",
    "Autosave",
    "Base",
    "Campaign",
    "CampaignState",
    "ConsentEvent",
    "ConsentKind",
    "ConsentText",
    "Delivery",
    "DeliveryKind",
    "DeliveryState",
    "Doubt",
    "DoubtDecision",
    "Edition",
    "Image",
    "ImportPiece",
    "ImportReader",
    "ImportRow",
    "ImportState",
    "ImportVerdict",
    "Installation",
    "Letter",
    "LetterKind",
    "LetterState",
    "Passkey",
    "ProviderHold",
    "RawReport",
    "RecoveryCode",
    "ReplyClass",
    "ReportSource",
    "ReportState",
    "ReportedEvent",
    "ReportedKind",
    "Role",
    "SignupApproval",
    "SignupAttack",
    "SiteSetting",
    "StaffLink",
    "StaffLinkKind",
    "StaffMember",
    "StaffSession",
    "Statement",
    "StatementState",
    "StatementVersion",
    "Subscriber",
    "SubscriberImport",
    "Subscription",
    "SubscriptionState",
    "Suppression",
    "SuppressionReason",
    "Topic",
    "Translation",
    "UnknownPolicy",
    "campaign_excluded_topics",
    "campaign_topics",
    "statement_topics",
]
