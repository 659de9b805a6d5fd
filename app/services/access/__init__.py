"""Who may use the console: accounts, passwords, second factors, and sessions that end when they are told to.

What most callers need stands here; the rest is one module for each idea.
"""

from app.services.access.accounts import add_staff
from app.services.access.sessions import end as sign_out
from app.services.access.signing_in import sign_in, signed_in

__all__ = ["add_staff", "sign_in", "sign_out", "signed_in"]
