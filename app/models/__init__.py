"""The nouns: what is kept, one idea a file. Importing this package registers every table on `Base.metadata`."""

from app.models.base import Base
from app.models.campaign import Campaign, CampaignState, Edition, UnknownPolicy, campaign_topics
from app.models.consent import ConsentEvent, ConsentKind, ConsentText
from app.models.delivery import CLOSED, OPEN, Delivery, DeliveryKind, DeliveryState
from app.models.image import Image
from app.models.installation import Installation
from app.models.provider_hold import ProviderHold
from app.models.reply_class import ReplyClass
from app.models.staff import StaffMember, StaffSession
from app.models.statement import Statement, StatementState, statement_topics
from app.models.subscriber import Subscriber, Subscription, SubscriptionState
from app.models.suppression import SILENCING, Suppression, SuppressionReason
from app.models.topic import Topic

__all__ = [
    "CLOSED",
    "OPEN",
    "SILENCING",
    "Base",
    "Campaign",
    "CampaignState",
    "ConsentEvent",
    "ConsentKind",
    "ConsentText",
    "Delivery",
    "DeliveryKind",
    "DeliveryState",
    "Edition",
    "Image",
    "Installation",
    "ProviderHold",
    "ReplyClass",
    "StaffMember",
    "StaffSession",
    "Statement",
    "StatementState",
    "Subscriber",
    "Subscription",
    "SubscriptionState",
    "Suppression",
    "SuppressionReason",
    "Topic",
    "UnknownPolicy",
    "campaign_topics",
    "statement_topics",
]
