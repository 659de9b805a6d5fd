"""The guard of every way to sign up: who is mailed at once, who later, and who not, without anybody being told.

It is turned by nobody against anybody: an address gets few mails that it didn't answer (the ledger counts them), a
network, a provider and the whole site have limits (Redis counts them), and while the form is under attack only whoever
let their browser work for it is served at once. What is over the limits of an address is dropped; everything else that
is over a limit is held, and leaves as soon as the limit allows.
"""

from app.services.guard.judging import Fate, Guard, Verdict, Visit
from app.services.guard.pace import pace

__all__ = ["Fate", "Guard", "Verdict", "Visit", "pace"]
