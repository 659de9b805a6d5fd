"""What a mail server's answer means: one table that a person can read, and the few lines that look things up in it."""

from app.models.reply_class import ReplyClass
from worker.replies.reading import classify

__all__ = ["ReplyClass", "classify"]
