"""Amazon SES reports through Amazon SNS: signed by Amazon, and of a topic that the settings name."""

from collections.abc import Collection
from urllib.parse import urlencode

import structlog

from app.errors import Forbidden
from app.hook_settings import api_host
from app.hooks import sns
from app.hooks.calls import Admitted, Call
from app.hooks.fetching import Fetch

_VERSION = "2010-03-31"
log = structlog.get_logger()


class Ses:
    """Lets through what Amazon signed for one of these topics, and takes up the subscription that one offers."""

    challenge = ""

    def __init__(self, topics: Collection[str], fetch: Fetch) -> None:
        self._topics = frozenset(topics)
        self._fetch = fetch
        self._certificates = sns.Certificates(fetch)

    def admit(self, call: Call) -> Admitted:
        """Verify a message; the topic first, so that nothing is fetched for somebody else's."""
        message = sns.read(call.body)
        if message["TopicArn"] not in self._topics:
            raise Forbidden("its topic is not in COMMUNIQUE_HOOK_SES")
        self._certificates.verify(message, call.now)
        if message["Type"] == sns.SUBSCRIBED:
            self._subscribe(message["TopicArn"], message["Token"])
            return Admitted(is_report=False)
        return Admitted(once=message["MessageId"])

    def _subscribe(self, topic: str, token: str) -> None:
        """Confirm by an address made from our own settings: that in the message is not followed, whatever it says."""
        query = urlencode({"Action": "ConfirmSubscription", "TopicArn": topic, "Token": token, "Version": _VERSION})
        self._fetch(f"https://{api_host(topic)}/?{query}")
        log.info("hook.subscribed", topic=topic)
