"""A real Postfix (Debian's package) with folders of its own on loopback, for the test that needs it."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.servers import until
from tests.live_server import free_port

POSTFIX = "/usr/sbin/postfix"
_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
postlog unix-dgram n - n - 1 postlogd
"""
_MAIN = """
compatibility_level = 3.6
meta_directory = /etc/postfix
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = mx.example.net
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
mynetworks = 127.0.0.0/8
disable_dns_lookups = yes
smtpd_peername_lookup = no
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_reject_unlisted_recipient = no
virtual_mailbox_domains = example.net
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = inline:{{ {{ ben@example.net = ben/ }} }}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
relay_domains = opendoors.example
transport_maps = inline:{{ {{ opendoors.example = lmtp:inet:127.0.0.1:{lmtp} }} }}
"""


class Postfix:
    """A running Postfix: takes all mail for example.net by SMTP, and then finds that only ben has a mailbox there.

    What it has for opendoors.example it hands to whoever listens for LMTP.
    """

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port

    def mailbox(self, name: str) -> list[Path]:
        return list((self.folder / "mail" / name / "new").glob("*"))

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")


def refusal() -> str:
    """Why there can be no Postfix here; empty if there can."""
    if not Path(POSTFIX).exists():
        return "Postfix is not installed: apt-get install postfix"
    return "" if os.geteuid() == 0 else "Postfix wants to be started by root"


@contextmanager
def postfix(folder: Path, lmtp: int) -> Iterator[Postfix]:
    """Run it for as long as the block lasts."""
    if why := refusal():
        pytest.skip(why)
    port, account = free_port(), pwd.getpwnam("postfix")
    folder.chmod(0o755)
    for name in ("etc", "queue", "data", "mail"):
        (folder / name).mkdir()
    for name in ("data", "mail"):
        shutil.chown(folder / name, "postfix")
    (folder / "etc/main.cf").write_text(_MAIN.format(folder=folder, lmtp=lmtp, uid=account.pw_uid, gid=account.pw_gid))
    (folder / "etc/master.cf").write_text(_MASTER.format(port=port))
    _tell(folder, "start")
    try:
        running = Postfix(folder, port)
        until(lambda: (folder / "log").exists() and "daemon started" in running.log, "Postfix to start")
        yield running
    finally:
        _tell(folder, "stop")


def _tell(folder: Path, what: str) -> None:
    done = subprocess.run(
        [POSTFIX, "-c", str(folder / "etc"), what], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
