"""A whole campaign against Postfix's smtp-source and against the plain Python sender, all into the same smtp-sink.

The campaign is planned, claimed, compiled with each reader's own links and envelope sender, sent and recorded, by as
many processes as a worker has. The clock runs while the audience is frozen and while there is something to send.
"""

from collections.abc import Callable
from functools import partial

from app.services import campaigns
from app.services.editions import Press
from benchmarks import people, statement
from benchmarks.celery_workers import through_workers
from benchmarks.findings import Findings, Round, interleave, ratio, series
from benchmarks.installation import Installation
from benchmarks.postfix import Listening, smtp_sink, smtp_source
from benchmarks.processes import hands
from benchmarks.scale import Scale
from benchmarks.sending import send
from benchmarks.usage import cpu_of_tree

PROCESSES = 2


def measure(here: Installation, scale: Scale, say: Callable[[str], None]) -> Findings:
    """Rounds of smtp-source, the product by itself, the product under Celery, and the plain sender."""
    with smtp_sink() as sink:
        steps = {
            "smtp-source": partial(_source, sink, scale.reference),
            "campaign": partial(_campaign, here, sink, scale.campaign),
            "campaign in one process": partial(_alone, here, sink.port, scale.campaign),
            "campaign under Celery": partial(_under_celery, here, sink.port, scale.campaign),
            "plain sender": partial(_plain, here, sink.port, scale.plain),
        }
        rounds = interleave(scale.rounds, steps, say)
    names = {
        "source": "smtp-source -d -s 20",
        "ours": "campaign",
        "alone": "campaign, one process",
        "celery": "campaign, the processes under Celery",
        "plain": "EmailMessage + Jinja2 + smtplib",
    }
    details = {f"{name}: messages per second": series(rounds, key) for key, name in names.items()}
    for key in ("source", "ours", "alone", "plain"):
        details[f"{names[key]}: CPU per 1,000"] = series(rounds, f"{key} cpu", "s")
    for key, name in {"source sink cpu": "smtp-source", "ours sink cpu": "campaign"}.items():
        details[f"{name}: CPU of smtp-sink per 1,000"] = series(rounds, key, "s")
    details["campaign: CPU of PostgreSQL per 1,000, planning included"] = series(rounds, "ours ledger cpu", "s")
    details["campaign: CPU of both processes per message, against smtp-source"] = ratio(
        rounds, "ours cpu", "source cpu"
    )
    details["campaign: planning"] = series(rounds, "planning", "s")
    details["campaign, under Celery, against smtp-source"] = ratio(rounds, "celery", "source")
    return Findings(
        targets={
            "campaign": ratio(rounds, "ours", "source"),
            "campaign.plain": ratio(rounds, "ours", "plain"),
            "campaign.cpu": ratio(rounds, "alone cpu", "source cpu"),
        },
        details=details,
        remarks=[
            f"Campaign: {scale.campaign:,} messages of {statement.LENGTH:,} octets in {PROCESSES} processes; "
            f"smtp-source sent {scale.reference:,} and the plain sender {scale.plain:,} a round."
        ],
    )


def _source(sink: Listening, messages: int, _: int) -> Round:
    before = cpu_of_tree(sink.pid)
    run = smtp_source(sink.port, messages, statement.LENGTH)
    taking = cpu_of_tree(sink.pid) - before
    return {"source": run.rate, "source cpu": run.cpu_per_thousand, "source sink cpu": taking * 1000 / messages}


def _campaign(here: Installation, sink: Listening, messages: int, _: int) -> Round:
    taking, keeping = cpu_of_tree(sink.pid), cpu_of_tree(here.postmaster)
    sent = send(here, sink.port, messages, processes=PROCESSES)
    taking, keeping = cpu_of_tree(sink.pid) - taking, cpu_of_tree(here.postmaster) - keeping
    return {
        "ours": messages / (sent.planning + sent.seconds),
        "ours cpu": sent.cpu * 1000 / messages,
        "ours sink cpu": taking * 1000 / messages,
        "ours ledger cpu": keeping * 1000 / messages,
        "planning": sent.planning,
    }


def _alone(here: Installation, port: int, messages: int, _: int) -> Round:
    """One process has a core for itself, as smtp-source has."""
    sent = send(here, port, messages, processes=1)
    return {"alone": messages / (sent.planning + sent.seconds), "alone cpu": sent.cpu * 1000 / messages}


def _under_celery(here: Installation, port: int, messages: int, _: int) -> Round:
    here.forget_campaigns()
    return {"celery": messages / through_workers(here, port, messages)}


def _plain(here: Installation, port: int, messages: int, _: int) -> Round:
    file = here.folder / "mail.json"
    if not file.exists():
        _write_mail(here, messages)
    arguments = ["benchmarks.plain_sender", str(port), str(messages), str(file)]
    with hands(1, arguments, {}, here.log) as (sender,):
        sender.go()
        report = sender.report()
    return {"plain": messages / report["seconds"], "plain cpu": report["cpu"] * 1000 / messages}


def _write_mail(here: Installation, messages: int) -> None:
    """The same statement as templates; nothing of it stays in the database."""
    press = Press.from_settings(here.settings())
    with here.sessions() as session:
        topic_id = people.topic_of(session, messages).id
        campaign = campaigns.prepare(session, statement.write(session, press, topic_id=topic_id), None)
        statement.as_templates(press, campaign).keep(here.folder / "mail.json")
