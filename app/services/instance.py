"""The instance lock: a copy of this database that was put up elsewhere does not send.

A restored backup or a cloned machine would write to everybody whom the original writes to as well. So the database
remembers which installation it belongs to, by a fingerprint of four parts, and nothing is claimed where it is another:

- the server: PostgreSQL's system identifier, which `initdb` draws once (a dump that was restored elsewhere);
- the database in it: its number and name (`CREATE DATABASE … TEMPLATE`);
- the way to it: host, port and, for a server on the same machine, the machine (a copied disk or data folder);
- the public address of the service (a copy for trying things out).
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from ipaddress import ip_address

from sqlalchemy import URL, make_url, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models import Campaign, CampaignState, Installation
from app.services import campaigns
from app.services.machine_identity import machine_identity
from app.settings import Settings

_PART_LENGTH = 15
_PARTS = (
    "another database server",
    "another database",
    "another way to the database (its address, or this machine)",
    "another COMMUNIQUE_PUBLIC_URL",
)
_LOOK = text("""
SELECT (SELECT fingerprint FROM installation WHERE id = 1) AS remembered, server.system_identifier, d.oid, d.datname,
    host(inet_server_addr()) AS server_address
FROM pg_control_system() AS server, pg_database AS d WHERE d.datname = current_database()
""")
_ADOPTED = "This installation was adopted anew. Make sure that the former one has not sent this already, then go on."


def fingerprint(session: Session, settings: Settings) -> str:
    """What identifies this installation: 63 characters, one digest for each of the four parts."""
    return _look(session, settings)[1]


def may_send(session: Session, settings: Settings) -> str:
    """Whether this installation may send: empty, or words for staff that say why not and what to do. One SELECT.

    Where nothing is remembered yet it may; `remember` follows soon.
    """
    remembered, present = _look(session, settings)
    if remembered in {"", present}:
        return ""
    pairs = zip(_PARTS, remembered.split("-"), present.split("-"), strict=False)
    different = [part for part, before, now in pairs if before != now]
    return (
        f"Nothing is sent: this database belongs to an installation with {' and '.join(different)}. If this is a copy, "
        "leave it so. If the installation was moved here and the former one is switched off: communique instance adopt"
    )


def remember(session: Session, settings: Settings, *, now: datetime) -> bool:
    """Remember this installation as the one that sends, unless one is remembered; gives whether it was new."""
    if session.get(Installation, 1) is not None:
        return False
    row = {"id": 1, "fingerprint": fingerprint(session, settings), "adopted_at": now}
    done = session.execute(insert(Installation).values(row).on_conflict_do_nothing().returning(Installation.id))
    return done.first() is not None


def adopt(session: Session, settings: Settings, *, now: datetime) -> Sequence[Campaign]:
    """Let this installation send from now on; gives the campaigns that were paused by it.

    What was being sent when the copy was made may have gone on elsewhere since: so it waits until staff have looked.
    """
    present = fingerprint(session, settings)
    row = session.get(Installation, 1, with_for_update=True, populate_existing=True)
    if row is None:
        remember(session, settings, now=now)
        return []
    if row.fingerprint == present:
        return []
    row.fingerprint, row.adopted_at = present, now
    going = session.scalars(select(Campaign).where(Campaign.state == CampaignState.SENDING)).all()
    for campaign in going:
        campaigns.halt(session, campaign.id, _ADOPTED)
    session.flush()
    return going


def adopted_at(session: Session) -> datetime | None:
    """Since when this database belongs to the installation that it remembers."""
    return session.scalar(select(Installation.adopted_at))


def _look(session: Session, settings: Settings) -> tuple[str, str]:
    """What is remembered (empty: nothing yet), and what is here."""
    row = session.execute(_LOOK).one()
    parts = (
        str(row.system_identifier),
        f"{row.oid} {row.datname}",
        _way(make_url(settings.database_url), row.server_address),
        settings.public_url,
    )
    digests = [hashlib.sha256(part.encode()).hexdigest()[:_PART_LENGTH] for part in parts]
    return row.remembered or "", "-".join(digests)


def _way(url: URL, server_address: str | None) -> str:
    """How the database is reached, without name and password; the machine counts if the server runs on it.

    Behind a tunnel or a pooler on this machine the server tells another address than ours.
    """
    option = url.query.get("host", "")
    host = (url.host or (option if isinstance(option, str) else ",".join(option))).lower()
    port = url.port or 5432
    if host and not host.startswith("/") and not _is_loopback(host):
        return f"{host}:{port}"
    place = host if host.startswith("/") else "localhost"
    is_here = server_address is None or _is_loopback(server_address)
    return f"{place}:{port} {machine_identity() if is_here else ''}"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
