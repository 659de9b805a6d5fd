"""A finished mail as different programs show it."""

from bs4 import BeautifulSoup

from app.mail import looks
from app.mail.newsletter import Picture, render_newsletter
from tests.unit.mail_samples import BRANDING, LINKS, statement

PICTURE = Picture("https://news.example.org/images/1", 'A sign > "ramp" src="none" <here>', 600, 400)
MAIL = render_newsletter(statement(picture=PICTURE), BRANDING, LINKS).html


def schemes(html: str) -> set[str]:
    tree = BeautifulSoup(html, "html.parser")
    return {str(meta["content"]) for meta in tree.find_all("meta", attrs={"name": True}) if "scheme" in meta["name"]}


def test_the_dark_rules_hold_in_the_dark_look_and_nowhere_else():
    assert "@media all" in looks.dark(MAIL)
    assert "@media not all" in looks.light(MAIL)
    for made in (looks.dark(MAIL), looks.light(MAIL)):
        assert "prefers-color-scheme" not in made
        assert "@media (min-width: 600px)" in made
    assert schemes(MAIL) == {"light dark"}
    assert (schemes(looks.dark(MAIL)), schemes(looks.light(MAIL))) == ({"dark"}, {"light"})


def test_without_images_the_description_stays_and_nothing_is_loaded():
    image = BeautifulSoup(looks.without_images(MAIL), "html.parser").find("img")
    assert image is not None
    assert not image.has_attr("src")
    assert image["alt"] == PICTURE.alt
    assert (image["width"], image["height"]) == ("544", "363")


def test_the_words_are_the_same_in_all_looks():
    words = BeautifulSoup(MAIL, "html.parser").body.get_text()
    for look in (looks.dark, looks.light, looks.without_images):
        assert BeautifulSoup(look(MAIL), "html.parser").body.get_text() == words
