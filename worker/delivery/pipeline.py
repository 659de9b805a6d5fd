"""The way of mail through one process: which streams there are, and what happens when one breaks off."""

from collections.abc import Callable
from datetime import datetime

import structlog

from app.services import instance
from app.services.editions import Press
from worker.breaker.breaker import Breaker
from worker.delivery.docket import Campaigns, Docket, Notices
from worker.delivery.messages import Messages
from worker.delivery.recorder import Recorder
from worker.delivery.retry import Retries
from worker.delivery.stream import Equipment, Stream

log = structlog.get_logger()


class Pipeline:
    """Sends what is due: the statements of all campaigns under way, or the notices."""

    def __init__(
        self,
        equipment: Equipment,
        press: Press,
        *,
        retries: Retries,
        breaker: Breaker,
        clock: Callable[[], datetime],
    ) -> None:
        self._tools = equipment
        self._press = press
        self._retries = retries
        self._breaker = breaker
        self._clock = clock
        sessions, messages = equipment.sessions, Messages(press)
        self._campaigns = Campaigns(
            sessions,
            messages,
            throttle=equipment.throttle,
            providers=equipment.providers,
            worker=lambda: equipment.journal.worker,
            clock=clock,
        )
        self._notices = Notices(sessions, messages, worker=lambda: equipment.journal.worker, clock=clock)

    def deliver(self) -> None:
        """Send the statements that are due, until none is."""
        self._campaigns.look_again()
        self._run(self._campaigns, is_urgent=False)

    def send_notices(self) -> None:
        """Send the transactional mails that are due, until none is."""
        self._run(self._notices, is_urgent=True)

    def _run(self, docket: Docket, *, is_urgent: bool) -> None:
        """Whatever breaks off, the connections are closed and the journal is left for the next sweep to settle."""
        with self._tools.sessions.begin() as session:
            forbidden = instance.may_send(session, self._press.settings)
        forbidden = forbidden or self._fault_of_journal()
        if forbidden:
            log.error("pipeline.forbidden", why=forbidden)
            docket.look_again()
            docket.note(forbidden)
            return
        recorder = Recorder(
            self._tools.sessions,
            self._tools.journal,
            retries=self._retries,
            breaker=self._breaker,
            clock=self._clock,
        )
        with self._tools.journal.guarding():
            try:
                Stream(self._tools, docket, recorder, is_urgent=is_urgent).run()
            except BaseException:
                self._tools.transport.abandon()
                raise

    def _fault_of_journal(self) -> str:
        """Why nothing may be begun, in words for staff, if what leaves couldn't be written down."""
        try:
            self._tools.journal.probe()
        except OSError as error:
            return (
                f"A sending machine can't write its crash journal in {self._press.settings.var_dir}: {error.strerror}. "
                "Make room there; it goes on by itself."
            )
        return ""
