"""Good messages, and the same with one small fault: what the gate before every send has to find."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache

from app.mail.compile import compile_newsletter, compile_notice
from app.mail.letter import Kind
from app.mail.newsletter import render_newsletter
from app.mail.notices import render_confirmation
from app.mail.templates import Rendered
from tests.unit.mail_samples import BRANDING, LINKS, LIST, STREAM, recipient, statement

STATEMENT: Kind = "statement"
NOTICE: Kind = "transactional"
URL = "https://news.example.org/u/1.dGhlIHRva2Vu?a=1&b=2"
ARABIC = {
    "title": "معبر للجميع", "standfirst": "بيان بشأن تصويت المجلس", "body": "نرحب بقرار المجلس.\n\nإنه قرار جيد.",
}  # fmt: skip


@cache
def rendered(kind: Kind = STATEMENT, language: str = "en") -> Rendered:
    if kind == STATEMENT:
        words = ARABIC if language == "ar" else {}
        return render_newsletter(statement(language=language, **words), BRANDING, LINKS)
    return render_confirmation(
        BRANDING,
        confirm_url=LINKS.confirm(7, 21),
        refuse_url=LINKS.refuse(7, 21),
        home_url=LINKS.home(),
        requested_at=recipient().dated,
        page_url=LINKS.subscribe(),
        topics=("Statements",),
        language=language,
    )


def finished(words: Rendered, kind: Kind = STATEMENT) -> bytes:
    compiled = compile_newsletter(words, STREAM, LIST) if kind == STATEMENT else compile_notice(words, STREAM)
    return compiled.fill(recipient())


Make = Callable[[], tuple[bytes, Kind]]


def changed(text: str, old: str, new: str) -> str:
    """The text with the first occurrence replaced; `^` stands for its beginning, `$` for its end."""
    if old in {"^", "$"}:
        return new + text if old == "^" else text + new
    assert old in text, old
    return text.replace(old, new, 1)


def html(old: str, new: str, kind: Kind = STATEMENT, language: str = "en") -> Make:
    def make() -> tuple[bytes, Kind]:
        good = rendered(kind, language)
        return finished(replace(good, html=changed(good.html, old, new)), kind), kind

    return make


def plain(old: str, new: str, kind: Kind = STATEMENT, language: str = "en") -> Make:
    def make() -> tuple[bytes, Kind]:
        good = rendered(kind, language)
        return finished(replace(good, text=changed(good.text, old, new)), kind), kind

    return make


def both(old: str, new: str, kind: Kind = STATEMENT) -> Make:
    def make() -> tuple[bytes, Kind]:
        good = rendered(kind)
        fields = {name: changed(getattr(good, name), old, new) for name in ("html", "text")}
        return finished(replace(good, **fields), kind), kind

    return make


def wire(old: str, new: str, kind: Kind = STATEMENT) -> Make:
    """A change of the finished bytes; latin-1 stands for any octet."""

    def make() -> tuple[bytes, Kind]:
        text = finished(rendered(kind), kind).decode("ascii")
        return changed(text, old, new.replace("\n", "\r\n")).encode("latin-1"), kind

    return make


def subject(words: str) -> Make:
    def make() -> tuple[bytes, Kind]:
        good = rendered()
        page = good.html.replace("<title>A crossing for everybody</title>", f"<title>{words}</title>")
        return finished(replace(good, subject=words, html=page)), STATEMENT

    return make


def large(size: int) -> Make:
    """A page of about this many octets more, its words in the text as well."""
    words = "Every crossing counts for everybody who wants to cross.\n" * (size // 56)

    def make() -> tuple[bytes, Kind]:
        good = rendered()
        page = changed(good.html, "<p style", f"<p>{words}</p><p style")
        return finished(replace(good, html=page, text=f"{good.text}\n{words}")), STATEMENT

    return make


FOOT = '<p style="margin: 0 0 14px;">Lantern &amp; Compass is a registered charity.</p>'
STYLED = (
    'full=1" style="color: #1b4d7e;background-color: transparent;text-decoration: underline;text-underline-offset: 3px;'
)
PUSH = "color: #ffffff;background-color: #1b4d7e;text-decoration: none;display: inline-block;padding: 2px 20px;"
SURVEY = '<a href="https://example.org/survey?lang=en&amp;full=1"'
PICTURE = 'alt="Two people cross a wide street" width="544" height="306"'

PARAGRAPH = '<p style="margin: 0 0 20px;">We'
SIZED = 'height="306" style="display: block;width: 100%;height: auto'
SCHEMES = 'name="color-scheme" content="light dark"'
MAIL = "<bdi>media@example.org</bdi>"
PIXEL = '<img src="https://news.example.org/o/1" alt="" width="1" height="1">'
LOGO = '<img src="https://example.org/a.png" alt="Logo" width="60" height="60"></body>'
SOCIAL = '<a href="https://www.facebook.com/us">Our page</a></body>'
GREEN_ON_BLACK = ("color: #565d66;background-color: #ffffff", "color: #00ff00;background-color: #000000")
ONE_CLICK = "List-Unsubscribe-Post: List-Unsubscribe=One-Click"

FAULTS: list[tuple[str, str, str, Make]] = [
    # the bytes
    ("M-06", "error", "something else than CRLF", lambda: (wire("^", "")()[0] + b"epilogue\n", STATEMENT)),
    ("M-06", "error", "or holds a NUL", lambda: (wire("^", "")()[0] + b"\0\r\n", STATEMENT)),
    ("M-03", "error", "1006 octets long", wire("^", f"X-Long: {'x' * 998}\n")),
    ("M-04", "error", "raw 8-bit characters", wire("Two people", "Two p\xe9ople")),
    ("M-04", "error", "must be quoted-printable or base64", wire("quoted-printable", "7bit")),
    ("M-04", "warning", "smaller in the other", lambda: (wasteful(), STATEMENT)),
    ("M-05", "error", "well-formed quoted-printable", wire("full=3D1", "full=1")),
    ("M-05", "error", "well-formed quoted-printable", wire("Director of Advocacy", f"{'a' * 80}Director of Advocacy")),
    ("M-05", "error", "well-formed base64", wire("quoted-printable", "base64")),
    ("M-01", "error", "isn't a plain text followed by", wire("multipart/alternative", "multipart/mixed")),
    ("M-01", "error", "isn't a plain text followed by", wire("text/plain", "text/html")),
    ("M-02", "error", "exactly one field", wire("MIME-Version: 1.0\r\n", "")),
    ("M-02", "error", "exactly one field", wire("MIME-", "MIME-Version: 1.0\nMIME-")),
    ("M-02", "error", "charset=utf-8", wire("charset=utf-8", "charset=iso-8859-1")),
    ("M-02", "error", "charset=utf-8", wire("text/plain; charset=utf-8", "text/plain")),
    ("M-09", "warning", "attachment", lambda: (with_attachment("leaflet.pdf"), STATEMENT)),
    ("M-09", "error", "RFC 2231", lambda: (with_attachment("=?utf-8?q?leaflet?="), STATEMENT)),
    ("M-07", "error", "doesn't decode by itself", wire("Subject: A", "Subject: =?utf-8?b?w6?= A")),
    ("M-07", "error", "over 75 characters", wire("Subject: A", f"Subject: =?utf-8?q?{'a' * 90}?=\n A")),
    ("M-07", "error", "raw non-ASCII", wire("Subject: A", "Subject: \xc3\xa9 A")),
    ("M-07", "error", "over 76 characters", wire("Subject: A", f"Subject: =?utf-8?q?a?= {'very ' * 14}A")),
    ("H-15", "error", "no proper field name", wire("Precedence", "Pre cedence: x\nPrecedence")),
    ("H-15", "error", "no proper field name", wire("Precedence", "a line without a colon\nPrecedence")),
    ("H-15", "error", "a control character", wire("Subject: A", "Subject: A\x07")),
    ("H-15", "error", "a control character", wire("Subject: A", "Subject: =?utf-8?q?=0D=0ABcc:?= A")),
    ("H-16", "error", "over 16,000 octets", wire("^", f"X-Long: {'x' * 800}\n" * 20)),
    ("M-10", "warning", "Gmail clips", large(70_000)),
    ("M-10", "error", "Gmail clips", large(105_000)),
    # what kind of mail it is
    ("H-13", "error", "subject occurs more than once", wire("Subject:", "Subject: B\nSubject:")),
    ("H-13", "error", "from occurs more than once", wire("From:", "From: x@example.org\nFrom:")),
    ("H-13", "error", "message-id occurs more", wire("Message-ID:", "Message-ID: <a@b.example>\nMessage-ID:")),
    ("H-01", "error", "List-Id must be", wire("<statements.list-id.example.org>", "statements")),
    ("H-01", "error", "List-Id must be", wire("List-Id:", "X-List:")),
    ("H-02", "error", "list-help is missing", wire("List-Help", "X-Help")),
    ("H-02", "error", "list-archive must hold", wire("<https://news.example.org/statements>", "our archive")),
    ("H-02", "error", "List-Post: NO", wire("List-Post: NO", "List-Post: <mailto:x@example.org>")),
    ("H-03", "error", "leave Auto-Submitted out", wire("Precedence", "Auto-Submitted: auto-generated\nPrecedence")),
    ("H-03", "error", "needs “Auto-Submitted", wire("auto-generated", "no", NOTICE)),
    ("H-05", "error", "Precedence: bulk", wire("Precedence: bulk", "Precedence: list")),
    ("H-06", "error", "exactly “OOF, AutoReply”", wire("OOF, AutoReply", "All")),
    ("H-06", "error", "exactly “OOF, AutoReply”", wire("OOF, AutoReply", "DR", NOTICE)),
    ("H-07", "error", "no part repeated", wire("st118:statements:news", "st118:news:news")),
    ("H-07", "error", "no part repeated", wire(":communique", ":a-name-that-is-too-long")),
    ("H-09", "error", "Message-ID is missing", wire("Message-ID", "X-ID")),
    ("H-09", "error", "Message-ID is missing", wire("@example.org>", "@localhost>")),
    ("H-10", "error", "Date is missing", wire("Date: Tue, 24 Nov 2026 09:00:00 +0000", "Date: yesterday")),
    ("H-10", "error", "Date is missing", wire(" +0000", "")),
    ("H-14", "error", "subject is empty", wire("A crossing for everybody", "")),
    ("H-14", "error", "pretends to be an answer", subject("Re: A crossing")),
    ("H-14", "error", "pretends to be an answer", subject("AW : A crossing")),
    ("E-16", "warning", "more than two emoji", subject("A crossing 🎉🎉🎉")),
    ("E-16", "warning", "mostly in capitals", subject("CROSSINGS MADE SAFE for everybody")),
    ("H-17", "error", "whole body", wire("^", "DKIM-Signature: a=rsa-sha256; l=100; h=From; b=x\n", NOTICE)),
    ("H-17", "error", "SHA-256", wire("^", "DKIM-Signature: v=1; a=rsa-sha1; h=From; b=x\n", NOTICE)),
    ("H-17", "error", "sign From", wire("^", "DKIM-Signature: v=1; a=rsa-sha256; h=To; b=x\n", NOTICE)),
    ("U-02", "error", "must cover", wire("^", "DKIM-Signature: a=rsa-sha256; h=From:List-Unsubscribe; b=x\n")),
    # who writes to whom
    ("M-08", "error", "exactly one mailbox", wire('"Lantern & Compass, Press"', "Lantern & Compass, Press")),
    ("M-08", "error", "exactly one mailbox", wire("<news@example.org>", "<news>")),
    ("H-11", "error", "free-mail", wire("<news@example.org>", "<news@GMail.com>")),
    ("H-11", "error", "name alone", wire('"Lantern & Compass, Press"', '"press@example.org"')),
    ("H-11", "error", "nobody reads", wire("Reply-To: press@", "Reply-To: no-reply@")),
    ("H-11", "warning", "no display name", wire('"Lantern & Compass, Press" <news@example.org>', "news@example.org")),
    ("H-12", "error", "Cc and Bcc", wire("^", "Bcc: x@example.org\n")),
    ("H-12", "error", "exactly one recipient", wire("reader1@example.net", "reader1@example.net, x@example.org")),
    # the way out
    ("U-14", "error", "encoded or not ASCII", wire("<https://news.example.org/help>", "=?utf-8?q?help?=")),
    ("U-01", "error", "exactly one <https", wire("List-Unsubscribe:", "X-Unsubscribe:")),
    ("U-01", "error", "exactly one <https", wire(f"<{URL}>", f"<{URL}>,<https://news.example.org/u/2>")),
    ("U-01", "error", "exactly one <https", wire(f"<{URL}>", "<mailto:out@example.org>")),
    ("U-11", "error", "one address to write to", wire(f"<{URL}>", f"<{URL}>, <mailto:out@example.org>")),
    ("U-01", "error", "must begin with https", wire(f"<{URL}>", "<http://news.example.org/u/1>")),
    ("U-01", "warning", "this computer only", wire(f"<{URL}>", "<http://localhost:8000/u/1>")),
    ("U-01", "error", "to the letter", wire("=One-Click", "=one-click")),
    ("U-01", "error", "to the letter", wire(f"{ONE_CLICK}\r\n", "")),
    ("U-07", "error", "use a token", wire(f"<{URL}>", "<https://news.example.org/u/Reader1%40example.net>")),
    ("U-12", "error", "plain text doesn't hold", plain("unsubscribe_url", "preferences_url")),
    ("U-12", "error", "no visible link", html("unsubscribe_url", "preferences_url")),
    ("U-12", "error", "no visible link", html(">Unsubscribe</a>", " hidden>Unsubscribe</a>")),
    ("U-13", "error", "must not offer", wire("^", f"{ONE_CLICK}\n", NOTICE)),
    # the page, for those who hear it
    ("E-01", "error", "needs a language", html('<html lang="en" dir="ltr">', '<html dir="ltr">')),
    ("E-01", "error", "needs a language", html('role="main" lang="en" dir="ltr"', 'role="main" lang="en"')),
    ("E-12", "error", "one of them is wrong", html('<html lang="en" dir="ltr">', '<html lang="ar" dir="ltr">')),
    ("E-12", "error", "one of them is wrong", html('<html lang="en" dir="ltr">', '<html lang="en" dir="rtl">')),
    ("E-02", "error", "table with headings is data", html("<table style", '<table role="presentation" style')),
    ("E-02", "error", "without headings is layout", html(FOOT, f"<table><tr><td>{FOOT}</td></tr></table>")),
    ("E-02", "error", "needs scope", html(' scope="col"', "")),
    ("E-03", "error", "exactly one main heading", html("<h1 ", "<h2 ")),
    ("E-03", "error", "exactly one main heading", html(FOOT, f'<h1 style="font-size:16px"></h1>{FOOT}')),
    ("E-03", "error", "skips a level; use h3", html("<h2 style", '<h4 style="margin:0">x</h4><h2 style')),
    ("E-03", "error", "an empty h2", html(">What has to happen now<", "><")),
    ("E-03", "error", "begin with the h1", html("<h1 ", "<h2>Before</h2><h1 ")),
    ("E-03", "warning", "<section> is lost", html(FOOT, f"<section>{FOOT}</section>")),
    ("E-04", "error", "same as the subject", html("<title>A crossing for everybody", "<title>News")),
    ("E-08", "error", "color-scheme", html(SCHEMES, 'name="x" content="y"')),
    ("E-08", "error", "color-scheme", html(SCHEMES, 'name="color-scheme" content="light"')),
    ("E-08", "warning", "supported-color", html('name="supported-color-schemes"', 'name="x"')),
    ("E-09", "error", "forbids zooming", html("initial-scale=1", "initial-scale=1, user-scalable=no")),
    ("E-09", "error", "forbids zooming", html("initial-scale=1", "maximum-scale = 1.0")),
    ("E-15", "warning", "read the statement on the web", wire("org/statements>", "org/elsewhere>")),
    # pictures
    ("E-05", "error", "needs a description", html(PICTURE, 'width="544" height="306"')),
    ("E-05", "error", "described by a file name", html("Two people cross a wide street", "IMG_2041.jpg")),
    ("E-05", "error", "needs width and height", html(SIZED, 'style="width: 100%')),
    ("E-13", "warning", "is a GIF", html("images/1", "images/1.gif?x")),
    ("E-13", "error", "background image may vanish", html(">We <", ' background="a.png">We <')),
    ("E-13", "error", "stylesheet loads", html("@media print", "@font-face { src: url(x) } @media print")),
    ("L-28", "error", "tracking pixel", html(FOOT, FOOT + PIXEL)),
    # links
    ("E-06", "error", "has no text", html(">survey of 1,200 crossings<", "><")),
    ("E-06", "error", "says nothing on its own", both("survey of 1,200 crossings", "Click here")),
    ("E-06", "error", "bare address", html(">survey of 1,200 crossings<", ">https://example.org/survey<")),
    ("E-06", "error", "leads nowhere", html(SURVEY, '<a href="#"')),
    ("E-06", "error", "leads nowhere", html(SURVEY, '<a href="/survey"')),
    ("E-06", "error", "lead to different pages", html(">survey of 1,200 crossings<", ">Unsubscribe!<")),
    ("E-06", "error", "isn't underlined", html(STYLED, STYLED.replace(": underline", ": none"))),
    ("E-06", "warning", "with a mouse", both("survey of 1,200 crossings", "Click here for the survey")),
    ("E-06", "error", "says nothing on its own", both("survey of 1,200 crossings", "Veuillez cliquer ici")),
    ("E-06", "error", "says nothing on its own", both("survey of 1,200 crossings", "Bitte hier klicken")),
    ("E-06", "error", "says nothing on its own", both("survey of 1,200 crossings", "Pinche aquí")),
    ("E-06", "error", "says nothing on its own", both("survey of 1,200 crossings", "اضغط هنا")),
    ("E-06", "warning", "opens a new window", html(SURVEY, f'{SURVEY} target="_blank"')),
    ("E-11", "error", "44 are needed", html(STYLED, f'full=1" style="{PUSH}')),
    # type
    ("E-10", "error", "no inline font-size", lambda: (without("(font-size|line-height): [^;]+;"), STATEMENT)),
    ("E-09", "warning", "14 are the least for a footer", html(FOOT, FOOT.replace("margin", "font-size: 12px;margin"))),
    ("E-09", "error", "16 are the least", html(PARAGRAPH, '<p style="font-size: 13px;">We')),
    ("E-09", "error", "1.5 are the least", html(PARAGRAPH, '<p style="line-height: 1.2;">We')),
    ("E-09", "error", "Text is justified", html(PARAGRAPH, '<p style="text-align: justify;">We')),
    ("E-09", "error", "Text is justified", html("@media print {", "p { text-align : justify } @media print {")),
    ("E-09", "warning", "fixed width", html(FOOT, f'<div style="width: 600px">{FOOT}</div>')),
    ("E-09", "error", "moved by position:absolute", html(FOOT, FOOT.replace("margin", "position: absolute;margin"))),
    ("E-09", "error", "moved by float", html(FOOT, FOOT.replace("margin", "float: right;margin"))),
    ("E-09", "error", "moved by order", html(FOOT, FOOT.replace("margin", "order: -1;margin"))),
    ("E-09", "error", "a reversed direction", html(FOOT, f'<div style="flex-direction: row-reverse">{FOOT}</div>')),
    ("E-09", "error", "has a tabindex", html(SURVEY, f'{SURVEY} tabindex="3"')),
    ("E-12", "error", "add text-align:right", html(FOOT, f'<div dir="rtl" lang="ar">{FOOT}</div>')),
    ("E-12", "warning", "needs <bdi>", html(MAIL, '<p dir="rtl" align="right">media@example.org</p>')),
    ("E-07", "error", "without a background colour", lambda: (without("background-color: [^;]+;"), STATEMENT)),
    ("E-07", "error", "can't be checked", html("color: #565d66", "color: hsl(0 0% 20%)")),
    ("E-07", "error", "4.5 are needed", html("color: #565d66", "color: #aaaaaa")),
    ("E-07", "error", "in dark mode; 4.5 are needed", html(*GREEN_ON_BLACK)),
    ("E-07", "error", "in the mail's dark colours", html("color: #bfc3c8 !important", "color: #33383d !important")),
    ("E-07", "error", "in the mail's dark colours", html(".page a { color: #9cc8f5", ".page a { color: #223344")),
    # the plain text, and the words that the law wants
    ("E-14", "error", "plain text part is empty", lambda: (finished(replace(rendered(), text="\n")), STATEMENT)),
    ("E-14", "error", "HTML in the plain text", plain("We welcome", "We <b></b><br> welcome")),
    ("E-14", "error", "HTML in the plain text", plain("We welcome", "We&nbsp;welcome")),
    ("E-14", "error", "no empty lines", lambda: (unspaced(), STATEMENT)),
    ("E-14", "warning", "over 78 columns", plain("crossings safe for\n", "crossings safe for ")),
    ("E-16", "warning", "phone's signature", plain("$", "\nSent from my phone\n")),
    ("E-12", "warning", "direction marks", plain("نرحب", "\u200fنرحب", STATEMENT, "ar")),
    ("L-01", "error", "postal address is missing from the plain text", plain("12 Harbour Street", "Harbour Street")),
    ("L-01", "error", "postal address is missing from the HTML", html("12 Harbour Street", "Harbour Street")),
    ("L-10", "error", "name is missing from the plain text", lambda: (unnamed("text"), STATEMENT)),
    ("L-10", "error", "name is missing from the HTML", lambda: (unnamed("html"), STATEMENT)),
    ("L-10", "error", "contact is missing from the plain text", plain("office@example.org", "our office")),
    ("L-30", "error", "no images", html("</body>", LOGO, NOTICE)),
    ("L-30", "error", "take “donate” out", plain("$", "\nPlease donate.\n", NOTICE)),
    ("L-30", "error", "social networks", html("</body>", SOCIAL, NOTICE)),
    # both parts say the same
    ("M-11", "error", "lacks the address of the link “survey", plain("org/survey", "org/s")),
    ("M-11", "error", "lacks the address of the link", plain("media@example.org", "media desk")),
    ("M-11", "error", "% of the HTML's words", html("We <strong>", f"{'Words for the page alone. ' * 40}We <strong>")),
]  # fmt: skip


def without(declarations: str) -> bytes:
    return finished(replace(rendered(), html=re.sub(declarations, "", rendered().html)))


def unspaced() -> bytes:
    return finished(replace(rendered(), text=re.sub("\n+", "\n", rendered().text)))


def unnamed(part: str) -> bytes:
    words = getattr(rendered(), part).replace("Lantern &amp; Compass", "Us").replace("Lantern & Compass", "Us")
    return finished(replace(rendered(), **{part: words}))


def wasteful() -> bytes:
    """Quoted-printable for a text that is all letters outside of ASCII."""
    raw = finished(rendered())
    return raw.replace(b"We welcome", (b"=D8=A7" * 12 + b"=\r\n") * 200 + b"We welcome", 1)


def with_attachment(name: str) -> bytes:
    head, _, body = finished(rendered()).partition(b"\r\n\r\n")
    fields = head.split(b"\r\n")
    kind = fields.pop()
    leaf = f'Content-Type: application/pdf; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n'
    fields.append(b'Content-Type: multipart/mixed; boundary="=_outer"')
    return b"\r\n".join([*fields, b"", b"--=_outer", kind, b"", body, b"--=_outer", leaf.encode(), b"--=_outer--", b""])
