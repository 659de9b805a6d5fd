"""A real Dovecot (Debian's dovecot-imapd) with folders of its own: one mailbox, by IMAP over TLS, on loopback."""

import os
import pwd
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.chaos.certificates import Certificates
from tests.integration.servers import answers, until
from tests.live_server import free_port

DOVECOT, PASSWORD = "/usr/sbin/dovecot", "s3cret/word"
_CONF = """
base_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
mail_location = maildir:{folder}/mail
ssl = required
ssl_cert = <{certificate}
ssl_key = <{certificate}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail
}}
first_valid_uid = 1
first_valid_gid = 1
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
"""


class Dovecot:
    """A running Dovecot with the mailbox `bounces`."""

    def __init__(self, folder: Path, port: int, certificates: Certificates) -> None:
        self.port = port
        self._mail = folder / "mail"
        self._certificates = certificates
        self._number = 0

    @property
    def trusted(self) -> ssl.SSLContext:
        """What a client has that trusts its certificate."""
        return ssl.create_default_context(cafile=str(self._certificates.authority))

    def put(self, raw: bytes) -> None:
        """Deliver a message."""
        self._number += 1
        file = self._mail / "new" / f"{self._number}.example"
        file.write_bytes(raw)
        shutil.chown(file, "dovecot")

    def left(self) -> int:
        """How many messages lie there."""
        return sum(len(list((self._mail / name).iterdir())) for name in ("new", "cur"))


@contextmanager
def dovecot(folder: Path) -> Iterator[Dovecot]:
    """Run it for as long as the block lasts."""
    if not Path(DOVECOT).exists():
        pytest.skip("Dovecot is not installed: apt-get install dovecot-imapd")
    if os.geteuid() != 0:
        pytest.skip("Dovecot wants to be started by root")
    port, account, certificates = free_port(), pwd.getpwnam("dovecot"), Certificates.make(folder)
    folder.chmod(0o755)
    for name in ("mail", "mail/new", "mail/cur", "mail/tmp"):
        (folder / name).mkdir()
        shutil.chown(folder / name, "dovecot")
    conf = folder / "dovecot.conf"
    conf.write_text(
        _CONF.format(
            folder=folder,
            port=port,
            certificate=certificates.right,
            password=PASSWORD,
            uid=account.pw_uid,
            gid=account.pw_gid,
        )
    )
    process = subprocess.Popen([DOVECOT, "-F", "-c", str(conf)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: answers(port), f"Dovecot {process.poll()}")
        yield Dovecot(folder, port, certificates)
    finally:
        process.terminate()
        process.wait(30)
