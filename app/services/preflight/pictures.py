"""Pictures: a description or the word that it is decoration (E-05), and nothing from other people's servers (L-28)."""

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag

from app.mail.dropped_links import dropped_images
from app.services import own_pages
from app.services.preflight.findings import Finding
from app.services.preflight.reading import Reading
from app.services.preflight.situation import Situation

_TITLE = "Descriptions of images"
_LONG = 250
_UPLOAD = "Upload it with the button above the text, or take it out."
_EMPTY_WORDS = ("image of", "picture of", "photo of", "photograph of", "bild von", "foto von", "image de", "photo de",
                "imagen de", "foto de", "صورة")  # fmt: skip


def check_described(reading: Reading) -> Iterator[Finding]:
    """The statement's own image has a choice to make, and images in the text have to be described."""
    text = reading.text
    if text.image is not None and not text.image_alt.strip() and not text.image_is_decorative:
        words = "The image has no description, and nobody has said that it is decoration."
        mend = "Say in a sentence what it shows, for those who don't see it; or tick that it is decoration."
        yield Finding("image-description", "error", _TITLE, words, mend, "image_alt", reading.label)
    decoration = {str(image.get("src")) for image in _written(text.body) if image.get("alt") == ""}
    for source, alt in _in_text(reading):
        if not alt and source not in decoration:
            words = f"The image “{source.rpartition('/')[2][:60]}” in the text has no description."
            mend = (
                "Write it between the square brackets: ![what the image shows](address). "
                "If it is only decoration, add it with the button above the text, which asks."
            )
            yield Finding("image-description", "error", _TITLE, words, mend, "body", reading.label)


def check_descriptions(reading: Reading) -> Iterator[Finding]:
    """What is said about an image is short, and doesn't begin with what screen readers say anyway."""
    described = [(reading.text.image_alt, "image_alt")] if reading.text.image else []
    for alt, place in [*described, *((alt, "body") for _, alt in _in_text(reading))]:
        if len(alt) > _LONG:
            words = (
                f"The description “{alt[:40]}…” has {len(alt)} characters; it can't be skimmed when it is read aloud."
            )
            mend = "Say the essence there, and what else is in the picture in the text."
            yield Finding("image-words", "note", _TITLE, words, mend, place, reading.label)
        elif alt.casefold().startswith(_EMPTY_WORDS):
            words = f"The description “{alt[:40]}” begins with what screen readers say by themselves."
            yield Finding("image-words", "note", _TITLE, words, "Begin with what it shows.", place, reading.label)


def check_elsewhere(situation: Situation) -> Iterator[Finding]:
    """Whoever serves an image sees who opens the mail, and when."""
    own_host = urlsplit(situation.press.links.base).hostname
    for reading in situation.readings:
        for source, alt in _in_text(reading):
            host = urlsplit(source).hostname or ""
            if host == own_host and own_pages.standing(situation.session, source) == "missing":
                words = f"The image “{alt or source}” isn't there any more: {source}"
                yield Finding("image-missing", "error", "Missing images", words, _UPLOAD, "body", reading.label)
            elif host != own_host:
                words = f"An image is loaded from {host}, who would see when each reader opens the mail."
                mend = "Upload it here instead, or leave it out."
                title = "Images from elsewhere"
                yield Finding("image-elsewhere", "warning", title, words, mend, "body", reading.label)


def check_dropped(situation: Situation) -> Iterator[Finding]:
    """Images that no mail can load: in it only their descriptions would stand."""
    for reading in situation.readings:
        for image in dropped_images(reading.text.body):
            words = f"The image “{image.words or image.target}” is at “{image.target[:60]}”, no whole web address."
            yield Finding("image-missing", "error", "Missing images", words, _UPLOAD, "body", reading.label)


def _written(body: str) -> Iterable[Tag]:
    """The images that stand as HTML in a text: there somebody has written what they are, or that they are nothing."""
    return BeautifulSoup(body, "lxml").find_all("img")


def _in_text(reading: Reading) -> Iterator[tuple[str, str]]:
    """Address and description of the images that the author put into the text."""
    own = reading.text.image
    for box in reading.page.by_tag.get("img", []):
        source = box.get("src")
        if own is None or not source.endswith(f"/images/{own.id}"):
            yield source, box.get("alt")
