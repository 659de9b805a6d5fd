"""Keys for DKIM: what can't sign is refused at the start, in words that say what to do."""

from pathlib import Path

import pytest

from app.dkim_key import DkimKey, parse_keys
from app.errors import Invalid
from app.settings_loading import load_settings
from tests.installation import environment
from tests.unit.dkim_samples import key_file

NOWHERE = Path("/nonexistent")


def entry(path: Path, selector: str = "2026", domain: str = "example.org") -> str:
    return f"{selector}:{domain}:{path}"


def test_rsa_and_ed25519_keys_are_taken(tmp_path: Path) -> None:
    rsa, edwards = parse_keys(
        f"{entry(key_file(tmp_path, 'rsa'))}\n  {entry(key_file(tmp_path, 'ed25519'), 'e1', 'Example.ORG')}"
    )
    assert (rsa.selector, rsa.domain, rsa.algorithm) == ("2026", "example.org", "rsa-sha256")
    assert (edwards.selector, edwards.domain, edwards.algorithm) == ("e1", "example.org", "ed25519-sha256")
    assert parse_keys("") == ()


@pytest.mark.parametrize(
    ("kind", "bits", "password", "said"),
    [
        ("rsa", 1024, "", "has 1024 bits; receivers trust 2048 to 4096"),
        ("ec", 256, "", "is neither RSA nor Ed25519"),
        ("ed25519", 256, "secret", "is protected by a password"),
    ],
)
def test_a_key_that_no_receiver_would_trust_is_refused(
    kind: str, bits: int, password: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=said):
        DkimKey.parse(entry(key_file(tmp_path, kind, bits, password)))


def test_a_file_that_is_missing_or_no_key_is_named(tmp_path: Path) -> None:
    garbage = tmp_path / "garbage.pem"
    garbage.write_text("-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----\n")
    for path, said in ((tmp_path / "none.pem", "No such file"), (tmp_path, "directory"), (garbage, "no private key")):
        with pytest.raises(ValueError, match=said) as refused:
            DkimKey.parse(entry(path))
        assert str(path) in str(refused.value)


@pytest.mark.parametrize("text", ["", "2026", "2026:example.org", "2026:example.org:", ":example.org:/k", "a b:x:/k",
                                  "-a:example.org:/k", f"{'s' * 64}:example.org:/k"])  # fmt: skip
def test_an_entry_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"selector:domain:/path/to/key\.pem"):
        DkimKey.parse(text)


def test_two_keys_under_one_selector_are_refused(tmp_path: Path) -> None:
    key = entry(key_file(tmp_path, "ed25519"))
    with pytest.raises(ValueError, match="2026 is there twice"):
        parse_keys(f"{key} {key}")


def test_a_key_speaks_for_its_domain_and_those_below_it(tmp_path: Path) -> None:
    key = DkimKey.parse(entry(key_file(tmp_path, "ed25519")))
    assert key.speaks_for("example.org")
    assert key.speaks_for("Mail.Example.org")
    assert not key.speaks_for("badexample.org")
    assert not key.speaks_for("org")


def test_settings_name_the_key_and_hide_what_is_in_it(tmp_path: Path) -> None:
    path = key_file(tmp_path, "ed25519")
    values = environment("", "", tmp_path) | {"COMMUNIQUE_DKIM": entry(path, domain="opendoors.example")}
    chosen = load_settings(values, NOWHERE)
    assert chosen.masked()["COMMUNIQUE_DKIM"] == f"2026:opendoors.example:{path}"
    assert "private" not in repr(chosen)
    assert load_settings(environment("", "", tmp_path), NOWHERE).dkim == ()


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2026:opendoors.example:/nonexistent/key.pem", "COMMUNIQUE_DKIM: the key /nonexistent/key.pem can't be read"),
        ("2026", "COMMUNIQUE_DKIM: “2026” can't be read"),
        ("2026:other.example:{key}", "COMMUNIQUE_DKIM: the key for other.example signs for no sender"),
    ],
)
def test_a_service_with_a_bad_key_does_not_start(written: str, said: str, tmp_path: Path) -> None:
    key = key_file(tmp_path, "ed25519")
    values = environment("", "", tmp_path) | {"COMMUNIQUE_DKIM": written.format(key=key)}
    with pytest.raises(Invalid) as refused:
        load_settings(values, NOWHERE)
    assert said in str(refused.value)
