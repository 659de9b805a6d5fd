"""Pictures: only pixels come in, and nothing that would hurt whoever opens them."""

import struct
import zlib
from io import BytesIO
from random import Random
from uuid import uuid4

import pytest
from PIL import Image as Pillow
from PIL import ImageCms
from PIL.PngImagePlugin import PngInfo
from sqlalchemy import func, select

from app.database import sessions
from app.errors import Invalid, NotFound
from app.models import Image
from app.services import images


@pytest.fixture
def session(engine):
    """A session that keeps nothing."""
    with sessions(engine)() as session:
        yield session
        session.rollback()


def encoded(picture: Pillow.Image, kind: str, **options: object) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def photograph(width: int = 64, height: int = 48) -> Pillow.Image:
    return Pillow.effect_noise((width, height), 60).convert("RGB")


def decoded(image: Image) -> Pillow.Image:
    picture = Pillow.open(BytesIO(image.content))
    picture.load()
    return picture


def refusal(session, content: bytes) -> str:
    with pytest.raises(Invalid) as found:
        images.add(session, content)
    (problem,) = found.value.problems
    assert problem.field == "image"
    return problem.message


def test_a_photograph_loses_what_the_camera_wrote_into_it(session):
    exif = Pillow.Exif()
    exif[0x010F] = "Cameramaker"
    exif[0x013B] = "Ana Photographer"
    exif.get_ifd(0x8825)[1] = "N"
    about = {"exif": exif, "comment": b"at home", "xmp": b"<x:xmpmeta>Ana</x:xmpmeta>", "icc_profile": b"Ana" * 100}
    content = encoded(photograph(), "JPEG", **about)
    assert b"Ana Photographer" in content
    kept = images.add(session, content)
    assert kept.media_type == "image/jpeg"
    for words in (b"Ana", b"Cameramaker", b"at home", b"Exif", b"xmpmeta", b"ICC_PROFILE"):
        assert words not in kept.content
    assert not decoded(kept).getexif()


def test_a_photograph_taken_sideways_is_turned_upright(session):
    exif = Pillow.Exif()
    exif[0x0112] = 6
    picture = Pillow.new("RGB", (60, 40), "white")
    picture.paste("red", (0, 0, 30, 40))
    kept = images.add(session, encoded(picture, "JPEG", exif=exif, quality=95))
    assert (kept.width, kept.height) == (40, 60)
    red, green, _ = decoded(kept).getpixel((20, 5))
    assert red > 200
    assert green < 60


def test_words_hidden_in_a_png_are_gone(session):
    words = PngInfo()
    words.add_text("Comment", "draft by Ana")
    about = {"pnginfo": words, "xmp": b"draft by Ana", "icc_profile": b"draft by Ana" * 20, "dpi": (300, 300)}
    kept = images.add(session, encoded(Pillow.new("RGBA", (8, 8)), "PNG", **about))
    assert not decoded(kept).info


@pytest.mark.parametrize(
    ("mode", "kind", "options"),
    [("RGBA", "PNG", {}), ("LA", "PNG", {}), ("P", "PNG", {"transparency": 0}), ("L", "PNG", {"transparency": 0}),
     ("RGBA", "WEBP", {"lossless": True})],
)  # fmt: skip
def test_transparency_is_kept(session, mode, kind, options):
    picture = Pillow.new(mode, (20, 20), 0)
    kept = images.add(session, encoded(picture, kind, **options))
    assert kept.media_type == "image/png"
    assert decoded(kept).convert("RGBA").getpixel((10, 10))[3] == 0


@pytest.mark.parametrize(
    ("picture", "kind"),
    [(photograph(), "JPEG"), (photograph(), "PNG"), (photograph(), "WEBP"), (Pillow.new("CMYK", (9, 9)), "JPEG"),
     (Pillow.new("1", (9, 9)), "PNG"), (Pillow.new("P", (9, 9)), "PNG")],
)  # fmt: skip
def test_what_has_no_transparency_becomes_a_jpeg_that_every_program_shows(session, picture, kind):
    kept = images.add(session, encoded(picture, kind))
    assert kept.media_type == "image/jpeg"
    assert decoded(kept).mode == "RGB"
    assert decoded(kept).size == (kept.width, kept.height) == picture.size


def with_red_and_blue_exchanged() -> bytes:
    """A colour profile like sRGB's, by which the first channel is blue and the third is red."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    entries = range(132, 132 + 12 * int.from_bytes(profile[128:132]), 12)
    places = {bytes(profile[at : at + 4]): int.from_bytes(profile[at + 4 : at + 8]) for at in entries}
    red, blue = (slice(places[name] + 8, places[name] + 20) for name in (b"rXYZ", b"bXYZ"))
    profile[red], profile[blue] = profile[blue], profile[red]
    return bytes(profile)


def test_colours_of_another_colour_space_stay_what_they_are(session):
    picture = Pillow.new("RGB", (20, 20), (255, 0, 0))
    kept = images.add(session, encoded(picture, "PNG", icc_profile=with_red_and_blue_exchanged()))
    shown = Pillow.open(BytesIO(kept.content))
    assert "icc_profile" not in shown.info
    red, green, blue = shown.getpixel((5, 5))
    assert (red < 10, green < 10, blue > 245) == (True, True, True)


def test_a_colour_profile_that_can_not_be_read_is_left_out_of_account(session):
    kept = images.add(session, encoded(Pillow.new("RGB", (20, 20), (0, 255, 0)), "PNG", icc_profile=b"nonsense"))
    assert Pillow.open(BytesIO(kept.content)).getpixel((5, 5))[1] > 245


def test_sixteen_bits_of_grey_stay_grey(session):
    kept = images.add(session, encoded(Pillow.new("I;16", (20, 20), 32768), "PNG"))
    assert abs(decoded(kept).getpixel((10, 10))[0] - 128) < 3


@pytest.mark.parametrize(
    ("size", "kept_size"),
    [((2600, 1300), (1280, 640)), ((1280, 900), (1280, 900)), ((300, 200), (300, 200)), ((40_000, 10), (1280, 1))],
)
def test_wide_pictures_are_made_narrower_and_small_ones_left(session, size, kept_size):
    kept = images.add(session, encoded(Pillow.new("RGB", size), "JPEG" if size[0] < 40_000 else "PNG"))
    assert (kept.width, kept.height) == kept_size


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"\x89PNG\r\n\x1a\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%PDF-1.7",
        encoded(Pillow.new("P", (5, 5)), "GIF"),
        encoded(Pillow.new("RGB", (5, 5)), "BMP"),
        encoded(Pillow.new("RGB", (5, 5)), "TIFF"),
        encoded(photograph(), "JPEG")[:400],
        encoded(photograph(), "PNG")[:400],
        encoded(photograph(), "WEBP")[:400],
    ],
    ids=["nothing", "words", "signature", "svg", "pdf", "gif", "bmp", "tiff", "half jpeg", "half png", "half webp"],
)
def test_what_is_no_readable_jpeg_png_or_webp_is_refused(session, content):
    assert "JPEG, PNG or WebP" in refusal(session, content)
    assert session.scalar(select(func.count()).select_from(Image)) == 0


def test_a_file_over_ten_megabytes_is_refused_unread(session):
    assert "10 MB" in refusal(session, encoded(photograph(), "PNG") + b"\0" * 10_000_000)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_what_hides_behind_a_picture_does_not_come_in(session, kind):
    hidden = b"<html><script>alert(1)</script>PK\x03\x04<?php system(1) ?>"
    kept = images.add(session, encoded(photograph(), kind) + hidden)
    assert b"script" not in kept.content
    assert b"php" not in kept.content
    assert decoded(kept).size == (64, 48)


def bomb(width: int, height: int) -> bytes:
    """A PNG that says it is this large, in a few bytes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    size = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + size + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize(
    "size", [(6400, 6300), (10_000, 9_000), (30_000, 30_000), (50_000, 50_000), (2**31 - 1, 2**31 - 1)]
)
def test_a_small_file_with_very_many_pixels_is_refused_before_it_is_unpacked(session, size):
    assert "40 million pixels" in refusal(session, bomb(*size))


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_no_broken_file_is_more_than_refused(session):
    chance = Random(20261124)
    exif = Pillow.Exif()
    exif[0x0112] = 6
    good = [
        encoded(photograph(20, 15), "JPEG", exif=exif),
        encoded(photograph(20, 15), "PNG", exif=exif),
        encoded(photograph(20, 15), "WEBP", exif=exif),
    ]
    for _ in range(400):
        content = bytearray(chance.choice(good))
        for _ in range(chance.choice([1, 2, 5])):
            content[chance.randrange(min(len(content), 160))] = chance.randrange(256)
        try:
            images.add(session, bytes(content))
        except Invalid as refused:
            assert refused.problems[0].field == "image"  # noqa: PT017 - most stay readable


def test_metadata_that_cannot_be_read_does_not_break_the_request(session):
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x02\0\0\0\x02ab\0\0\0\0\0\0"
    try:
        kept = images.add(session, encoded(photograph(), "JPEG", exif=exif))
        assert (kept.width, kept.height) == (64, 48)
    except Invalid as refused:
        assert refused.problems[0].field == "image"  # noqa: PT017 - either will do


def test_a_picture_is_found_again_and_another_is_not(session):
    kept = images.add(session, encoded(photograph(), "JPEG"))
    before = kept.content
    session.expire(kept)
    assert images.get(session, kept.id).content == before
    with pytest.raises(NotFound):
        images.get(session, uuid4())
