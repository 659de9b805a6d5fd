"""Text that was copied from Word, from a mail or a web page, as clean Markdown."""

from app.services.pasting.markdown import Pasted, to_markdown
from app.services.pasting.office import is_from_office, is_markup, tidied

__all__ = ["Pasted", "is_from_office", "is_markup", "tidied", "to_markdown"]
