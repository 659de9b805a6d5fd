"""Telling answers of machines from reports: somebody on holiday has not bounced (RFC 3834)."""

import re

from worker.intake.opening import Opened

_HEADERS = ("X-Autoreply", "X-Autorespond", "X-Auto-Response-From", "X-Autoresponder")
_PRECEDENCE = ("auto_reply", "auto-reply", "junk")
_SUBJECTS = re.compile(
    r"^\s*(?:auto(?:matic|matische|matisch)?[ -]?(?:reply|response|re|antwort)\b|out of (?:the )?office|abwesenheit|"
    r"(?:réponse|reponse) automatique|absence du bureau|respuesta autom[aá]tica|fuera de (?:la )?oficina|"
    r"risposta automatica|resposta autom[aá]tica|automatisch antwoord|رد تلقائي|خارج المكتب)",
    re.IGNORECASE,
)


def is_one(message: Opened) -> bool:
    """Whether a machine answered in somebody's place. A multipart/report is never one, whatever its headers say."""
    if message.report_type:
        return False
    submitted = message.header("Auto-Submitted").partition(";")[0].strip().lower()
    return (
        submitted.startswith("auto-replied")
        or any(message.header(name) for name in _HEADERS)
        or message.header("Precedence").lower() in _PRECEDENCE
        or _SUBJECTS.match(message.subject) is not None
    )
