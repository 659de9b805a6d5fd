"""Pictures come in re-encoded: what they carried besides their pixels is gone."""

from datetime import datetime, timedelta
from io import BytesIO
from uuid import UUID

from markupsafe import escape
from PIL import Image as Pillow
from PIL import ImageCms, ImageOps
from sqlalchemy import Text, cast, delete, exists, or_, select
from sqlalchemy.orm import Session

from app.errors import Invalid, NotFound, Problem
from app.mail.language import one_line
from app.mail.newsletter import Picture
from app.models import Autosave, Campaign, Edition, Image, Statement, StatementVersion, Translation

MAXIMUM_BYTES = 10_000_000
MAXIMUM_PIXELS = 40_000_000
WIDEST = 1280
_AT_ONCE = 20
_TOO_MANY_PIXELS = Problem("The image has more than 40 million pixels. Please save it smaller.", field="image")


def add(session: Session, content: bytes) -> Image:
    """Keep an uploaded JPEG, PNG or WebP, at most 1280 pixels wide; raises Invalid (field "image") for all else."""
    if len(content) > MAXIMUM_BYTES:
        raise Invalid(Problem("The image is larger than 10 MB. Please save it smaller.", field="image"))
    try:
        with Pillow.open(BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as opened:
            image = _reencoded(opened)
    except Invalid:
        raise
    except Pillow.DecompressionBombError as error:
        raise Invalid(_TOO_MANY_PIXELS) from error
    except Exception as error:  # a broken file makes the decoders raise almost anything
        raise Invalid(
            Problem("This is not an image that can be read. Please use a JPEG, PNG or WebP file.", field="image")
        ) from error
    session.add(image)
    session.flush()
    return image


def get(session: Session, image_id: UUID) -> Image:
    """The picture with this id; raises NotFound."""
    image = session.get(Image, image_id)
    if image is None:
        raise NotFound("This image does not exist.")
    return image


def markup(image: Image, url: str, alt: str) -> str:
    """What stands for a picture within a text: its address, description and size, as wide as a mail shows it."""
    width, height = Picture(url, alt, image.width, image.height).shown
    return f'<img src="{escape(url)}" alt="{escape(one_line(alt))}" width="{width}" height="{height}">'


def remove_orphans(session: Session, now: datetime) -> int:
    """Remove pictures that were uploaded and never used in any version of a statement; gives how many.

    One that a version shows is kept for ever: mail that left links to it, and the version can come back. Those of
    the last day may still stand in a form that is open; those older than a month were looked at often enough.
    """
    new_enough, old_enough = Image.created_at > now - timedelta(days=30), Image.created_at < now - timedelta(days=1)
    name = cast(Image.id, Text)
    mentioned = [
        exists().where(Statement.image_id == Image.id),
        exists().where(cast(StatementVersion.content, Text).contains(name)),
        exists().where(cast(Autosave.content, Text).contains(name)),
        *(
            exists().where(words.contains(name))
            for words in (Statement.body, Translation.body, Campaign.intro, Edition.html)
        ),
    ]
    unused = select(Image.id).where(new_enough, old_enough, ~or_(*mentioned)).limit(_AT_ONCE)
    # a picture that somebody is just putting into a statement is locked by its foreign key
    going = unused.with_for_update(skip_locked=True)
    return len(session.scalars(delete(Image).where(Image.id.in_(going)).returning(Image.id)).all())


def _reencoded(opened: Pillow.Image) -> Image:
    """Upright, not too wide, in sRGB, without metadata. The size is looked at before anything is decoded."""
    if opened.width * opened.height > MAXIMUM_PIXELS:
        raise Invalid(_TOO_MANY_PIXELS)
    picture = ImageOps.exif_transpose(opened)
    picture.thumbnail((WIDEST, 10 * WIDEST))
    if picture.mode.startswith("I"):
        # 16 bits to a pixel; Pillow's own conversion would make nearly all of them white
        picture = picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    return _encoded(_in_srgb(picture))


def _in_srgb(picture: Pillow.Image) -> Pillow.Image:
    """The same colours without the profile that says how to read them; one that can't be read is ignored."""
    profile = picture.info.get("icc_profile")
    if not profile:
        return picture
    mode = "RGBA" if _is_see_through(picture) else "RGB"
    source = picture if picture.mode in {"L", "CMYK"} else picture.convert(mode)
    try:
        found = ImageCms.ImageCmsProfile(BytesIO(profile))
        converted = ImageCms.profileToProfile(source, found, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
    return converted or picture


def _encoded(picture: Pillow.Image) -> Image:
    """Photographs as JPEG, pictures with transparency as PNG: both are shown by every mail program."""
    out = BytesIO()
    if _is_see_through(picture):
        media_type = "image/png"
        _bare(picture.convert("RGBA")).save(out, "PNG", optimize=True)
    else:
        media_type = "image/jpeg"
        _bare(picture.convert("RGB")).save(out, "JPEG", quality=82, optimize=True, progressive=True)
    return Image(media_type=media_type, width=picture.width, height=picture.height, content=out.getvalue())


def _is_see_through(picture: Pillow.Image) -> bool:
    return picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info


def _bare(picture: Pillow.Image) -> Pillow.Image:
    """The pixels alone: encoders write what they find in `info`, such as a comment or a colour profile."""
    picture.info.clear()
    return picture
