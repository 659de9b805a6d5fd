"""Text that was copied from Word, from a mail or a web page, as clean Markdown."""

from app.services.pasting.markdown import Pasted, to_markdown

__all__ = ["Pasted", "to_markdown"]
