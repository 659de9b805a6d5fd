"""Files that aren't text, recognised by their first bytes, and what to do with each."""

import re

_COPY = "open it, copy the text and paste it into a plain text file (.txt)"
_PICTURE = (
    "This is a picture. Put it beside a Markdown file and name it there as “image: …”; "
    "the statement itself must be text."
)
_PACKED = re.compile(rb"word/|mimetypeapplication/vnd\.oasis\.opendocument\.text|mimetypeapplication/epub")
_KINDS: tuple[tuple[bytes, str], ...] = (
    (rb"\s{0,64}%PDF-", f"This is a PDF: {_COPY}."),
    (rb"\{\\rtf", f"This is a rich text (RTF) document: {_COPY}."),
    (rb"\xd0\xcf\x11\xe0", f"This is an old Microsoft Office file: {_COPY}."),
    (rb"\x89PNG|\xff\xd8\xff|GIF8[79]a|RIFF.{4}WEBP|II\*\0|MM\0\*|BM.{4}\0\0\0\0|.{4}ftyp(?:hei|mif|avi)", _PICTURE),
    (
        rb"\x1f\x8b|7z\xbc\xaf|Rar!|BZh[1-9]1AY|\xfd7zXZ",
        "This is a packed archive: unpack it and import the text in it.",
    ),
    (rb"bplist00", "This is a web archive: save the page again as “HTML only” or as “Page source”."),
    (
        rb"(?:[A-Za-z-]{1,40}:[^\n]{0,998}\r?\n[ \t]?){0,20}?MIME-Version:",
        "This is an email or a web page saved as a single file (.eml, .mhtml). "
        f"Save a web page as “HTML only”; for an email, {_COPY}.",
    ),
    (rb"\xff\xfe\0\0|\0\0\xfe\xff", "This text is in UTF-32. Save it again as UTF-8."),
)


def refusal(content: bytes) -> str | None:
    """Say what to do instead if these bytes are a known kind of file that isn't text; None if they may be text."""
    head = content[:4096]
    if head.startswith(b"PK\x03\x04"):
        return _packed_refusal(head)
    return next((advice for start, advice in _KINDS if re.match(start, head, re.DOTALL)), None)


def _packed_refusal(head: bytes) -> str:
    if _PACKED.search(head) or b"[Content_Types].xml" in head:
        return f"This is a Word, LibreOffice or similar document: {_COPY}."
    return "This is a ZIP archive: unpack it and import the text in it."
