"""The settings as whoever installs the service meets them: what is refused, in which words, and what stays hidden."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid
from app.settings import PREFIX, Settings, variable
from app.settings_loading import load_settings

KEY = "kA7-Qz3_xYb9Lm2PwR5tVn8cHd4gJf6sEu1oWi0T"
PEPPER = "pE4-rT9_qWz2Xm7KvB5nYc8dHg3jLf6sUa1oIi0R"
GOOD = {
    "COMMUNIQUE_SECRET_KEYS": KEY,
    "COMMUNIQUE_ADDRESS_PEPPER": PEPPER,
    "COMMUNIQUE_PUBLIC_URL": "https://news.example.org",
    "COMMUNIQUE_SMTP_URL": "smtp://relay.example.org:587?tls=starttls",
    "COMMUNIQUE_STATEMENTS_FROM": "Open Doors International <news@opendoors.example>",
    "COMMUNIQUE_SERVICE_FROM": "hello@mail.opendoors.example",
    "COMMUNIQUE_ORGANISATION": "Open Doors International",
    "COMMUNIQUE_POSTAL_ADDRESS": "12 Ramp Street\\nExampleton EX1 2AB",
    "COMMUNIQUE_CONTACT_EMAIL": "office@opendoors.example",
}
NO_FILE = Path("/nonexistent")


def load(**changes: str | None) -> Settings:
    """Good settings with some changed, or left out (None)."""
    given = GOOD | {PREFIX + name.upper(): value for name, value in changes.items()}
    return load_settings({name: value for name, value in given.items() if value is not None}, NO_FILE)


def refusals(**changes: str | None) -> dict[str | None, str]:
    """What is refused: variable to sentence."""
    with pytest.raises(Invalid) as refused:
        load(**changes)
    return {problem.field: problem.message for problem in refused.value.problems}


def test_good_settings_for_production_are_accepted() -> None:
    settings = load()
    assert settings.environment == "production"
    assert settings.is_secure
    assert settings.postal_address == "12 Ramp Street\nExampleton EX1 2AB"
    assert settings.languages == ("en",)


def test_a_name_that_is_no_setting_is_refused_by_name() -> None:
    found = refusals(postal_adress="12 Ramp Street")
    assert list(found) == ["COMMUNIQUE_POSTAL_ADRESS"]
    assert (
        "Did you mean COMMUNIQUE_POSTAL_ADDRESS? .env.example lists all settings" in found["COMMUNIQUE_POSTAL_ADRESS"]
    )


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("PUBLIC_ADDRESS", "POSTAL_ADDRESS"),
        ("PUBLICURL", "PUBLIC_URL"),
        ("LANGUAGE", "LANGUAGES"),
        ("Smtp_Url", "SMTP_URL"),
        ("SETTING_FILE", "SETTINGS_FILE"),
    ],
)
def test_a_slip_in_a_name_is_answered_with_the_nearest_name(written: str, meant: str) -> None:
    with pytest.raises(Invalid, match=f"Did you mean COMMUNIQUE_{meant}\\?"):
        load_settings({**GOOD, PREFIX + written: "x"}, NO_FILE)


def test_a_name_like_no_other_is_answered_with_where_all_stand() -> None:
    (sentence,) = refusals(xyzzy="1").values()
    assert sentence == "is not a setting. .env.example lists all settings"


def test_other_programs_variables_are_nobodys_business() -> None:
    assert load_settings(GOOD | {"PATH": "/bin", "COMMUNIQUES": "x", "communique_port": "x"}, NO_FILE) == load()


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name in ("postal_address", "organisation") for value in (None, "", "   ")]
    + [("postal_address", "\\n \\n")],
)
def test_without_the_words_that_the_law_wants_it_does_not_start(name: str, value: str | None) -> None:
    found = refusals(**{name: value})
    variable = PREFIX + name.upper()
    assert list(found) == [variable]
    assert found[variable].startswith("is missing. Set it in the environment or in communique.env:")


def test_every_problem_is_told_at_once() -> None:
    found = refusals(contact_email=None, port="eighty", colour="green", public_url="news.example.org")
    assert set(found) == {
        "COMMUNIQUE_CONTACT_EMAIL", "COMMUNIQUE_PORT", "COMMUNIQUE_COLOUR", "COMMUNIQUE_PUBLIC_URL",
    }  # fmt: skip


@pytest.mark.parametrize(
    "keys", ["short", "a" * 40, "change-me-to-a-random-secret-please-do", f"{KEY},short", f"short,{KEY}", ",", " "]
)
def test_a_weak_key_is_refused_in_production(keys: str) -> None:
    found = " ".join(refusals(secret_keys=keys).values())
    assert "token_urlsafe" in found
    assert KEY not in found


def test_a_weak_pepper_is_refused_in_production() -> None:
    assert "COMMUNIQUE_ADDRESS_PEPPER is weak" in " ".join(refusals(address_pepper="pepper").values())


def test_what_the_example_file_holds_is_too_weak_for_production() -> None:
    assert refusals(secret_keys="change-me-to-a-random-secret")
    assert refusals(address_pepper="change-me-to-another-random-secret")


def test_a_public_address_without_tls_is_refused_in_production_only() -> None:
    assert "https://" in " ".join(refusals(public_url="http://news.example.org").values())
    assert not load(public_url="http://news.example.org", environment="demo").is_secure


def test_weak_secrets_are_good_enough_for_development() -> None:
    assert load(environment="development", secret_keys="dev", address_pepper="dev").signing_keys == ["dev"]


@pytest.mark.parametrize("sender", ["news@gmail.com", "Open Doors <news@GMX.de>", "Open Doors <x@Outlook.com>"])
@pytest.mark.parametrize("name", ["statements_from", "service_from"])
def test_a_sender_at_a_free_mail_provider_is_refused(name: str, sender: str) -> None:
    assert "a domain of your own" in refusals(**{name: sender})[PREFIX + name.upper()]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("environment", "staging"),
        ("port", "0"),
        ("port", "70000"),
        ("trusted_proxies", "-1"),
        ("public_url", "news.example.org"),
        ("public_url", "ftp://news.example.org"),
        ("about_url", "www.example.org"),
        ("privacy_url", "https://"),
        ("smtp_url", "relay.example.org"),
        ("smtp_url", "smtp://relay.example.org"),
        ("smtp_url", "smtps://a.example smtps://a.example"),
        ("smtp_url", "smtps://a.example?per_second=fast"),
        ("domain_limits", "gmail.com 20"),
        ("domain_limits", "gmail.com 20/s; googlemail.com 10/s"),
        ("ramp", "200,many"),
        ("statements_from", "Open Doors"),
        ("statements_from", "Open Doors <news>"),
        ("statements_from", "Open Doors\r\nBcc: <x@example.org>"),
        ("service_from", "@example.org"),
        ("contact_email", "the office"),
        ("contact_email", "office@"),
        ("contact_email", "Office <office@opendoors.example>"),
        ("reply_to", "nobody"),
        ("feedback_id", "x"),
        ("feedback_id", "no:colons"),
        ("office_timezone", "Mars/Olympus"),
        ("office_timezone", "../../etc/passwd"),
    ],
)
def test_what_cannot_work_is_refused_at_the_start_and_named(name: str, value: str) -> None:
    found = refusals(**{name: value})
    assert list(found) == [PREFIX + name.upper()]
    assert len(found[PREFIX + name.upper()]) > 15


@pytest.mark.parametrize(
    ("name", "value", "instead"),
    [
        ("languages", "en,xx-klingon", "en, fr or pt-BR"),
        ("languages", "english", "en, fr or pt-BR"),
        ("languages", "de@euro", "en, fr or pt-BR"),
        ("languages", "en;fr", "en, fr or pt-BR"),
        ("languages", ",", "such as en"),
        ("public_url", "https://x.example/news", "write https://x.example"),
        ("public_url", "https://x.example/?a=b", "write https://x.example"),
        ("public_url", "https://x.example#top", "write https://x.example"),
        ("public_url", "https://me:s3cr3t@x.example:8443", "write https://x.example:8443"),
        ("public_url", "https://x.example; img-src *", "https://news.example.org"),
        ("public_url", "https://x.example:70000", "https://news.example.org"),
        ("public_url", "https://münchen.example", "xn--mnchen-3ya.example"),
        ("list_domain", "bad domain>", "mail.example.org"),
        ("list_domain", "news@example.org", "mail.example.org"),
        ("bounce_domain", "https://example.org", "mail.example.org"),
        ("bounce_domain", "example.org.", "mail.example.org"),
        ("bounce_domain", "münchen.example", "xn--mnchen-3ya.example"),
        ("bounce_domain", "ü>.example", "xn--"),
        ("smtp_hostname", "-mail.example.org", "mail.example.org"),
        ("smtp_hostname", "192.0.2.1", "mail.example.org"),
        ("smtp_hostname", f"{'a' * 64}.example", "mail.example.org"),
        ("smtp_hostname", "a." * 130 + "example", "mail.example.org"),
        ("embed_origins", "example.org; script-src *", "https://example.org"),
        ("embed_origins", "https://example.org; script-src *", "https://example.org"),
        ("embed_origins", "example.org", "https://example.org"),
        ("embed_origins", "*", "https://example.org"),
        ("embed_origins", "https://*.example.org", "https://example.org"),
        ("embed_origins", "https://example.org/page", "write https://example.org"),
        ("embed_origins", "https://good.example,ftp://example.org", "https://example.org"),
        ("return_pages", "example.org/thanks", "https://example.org/thanks"),
        ("return_pages", "javascript:alert(1)", "https://example.org/thanks"),
        ("return_pages", "https://example.org/a b", "https://example.org/thanks"),
        ("return_pages", "https://example.org/a,b", "%2C"),
        ("database_url", "mysql://press:s3cr3t@db.example/news", "postgresql+psycopg://user:pass@host/name"),
        ("database_url", "postgresql+psycopg2://press:s3cr3t@db.example/news", "postgresql+psycopg://"),
        ("database_url", "db.example/news", "postgresql+psycopg://user:pass@host/name"),
        ("database_url", "postgresql://press:s3cr3t@db.example:port/news", "postgresql+psycopg://user:pass@host/name"),
        ("database_url", "postgresql://press:s3cr3t@1@db.example/news", "%40"),
        ("database_url", "postgresql://press:s3cr3t/1@db.example/news", "%2F"),
        ("redis_url", "cache.example:6379", "redis://:pass@host:6379/0"),
        ("redis_url", "memcached://s3cr3t@cache.example", "redis://:pass@host:6379/0"),
        ("redis_url", "unix:///run/redis.sock", "127.0.0.1"),
        ("redis_url", "redis://cache.example:0/0", "redis://:pass@host:6379/0"),
        ("redis_url", "redis://:s3cr3t@cache.example/news", "redis://:pass@host:6379/0"),
        ("hook_ses", "bounces", "arn:aws:sns:eu-west-1:123456789012:bounces"),
        ("hook_ses", "arn:aws:sqs:eu-west-1:123456789012:bounces", "arn:aws:sns:eu-west-1:123456789012:bounces"),
        ("hook_ses", "arn:aws:sns:evil.example/:123456789012:a", "arn:aws:sns:eu-west-1:123456789012:bounces"),
        ("hook_postmark", "s3cr3t-and-no-name-before-it", "name:password"),
        ("hook_postmark", "postmark:s3cr3t", "at least 16"),
        ("hook_postmark", "postmark:s3cr3t-with-@-in-it", "letters and digits"),
        ("hook_sendgrid", "s3cr3t", "begins with MFkw"),
        ("hook_sendgrid", "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE", "begins with MFkw"),
        ("hook_mailgun", "s3cr3t", "at least 16"),
        ("hook_brevo", "s3cr3t", "at least 16"),
        ("hook_brevo", "s3cr3t with blanks in it", "letters and digits"),
    ],
)
def test_what_would_break_later_is_refused_with_what_to_write_instead(name: str, value: str, instead: str) -> None:
    found = refusals(**{name: value})
    variable = PREFIX + name.upper()
    assert list(found) == [variable]
    assert instead in found[variable]
    assert "s3cr3t" not in found[variable]


@pytest.mark.parametrize(
    ("written", "tags"),
    [("en,pt_br,EN", ("en", "pt-BR")), ("zh-hant-tw", ("zh-Hant-TW",)), ("no,nb,es-419", ("no", "nb", "es-419"))],
)
def test_languages_are_spelt_as_on_the_web(written: str, tags: tuple[str, ...]) -> None:
    assert load(languages=written).languages == tags


def test_what_the_news_is_about_may_be_said_in_several_languages() -> None:
    said = load(subject_matter_in="fr = nos droits;pt_br=nossos direitos; ").subject_matter_in
    assert said == (("fr", "nos droits"), ("pt-BR", "nossos direitos"))
    with pytest.raises(Invalid, match="write language=words"):
        load(subject_matter_in="nos droits")


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://Example.org/", "https://example.org"),
        ("https://example.org:443", "https://example.org"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_sites_are_spelt_as_browsers_name_them(written: str, origin: str) -> None:
    settings = load(embed_origins=f"{written},https://other.example", public_url=written, environment="development")
    assert settings.embed_origins == (origin, "https://other.example")
    assert settings.public_url == origin


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "POSTGRES"])
def test_the_database_is_found_by_the_address_that_other_programs_take(scheme: str) -> None:
    settings = load(database_url=f"{scheme}://press:p%40ss@db.example:5432/news?sslmode=require")
    assert settings.database_url == "postgresql+psycopg://press:p%40ss@db.example:5432/news?sslmode=require"


@pytest.mark.parametrize("url", ["redis://cache", "redis://:pass@[::1]:6379/0", "rediss://press:pass@cache.example/1"])
def test_redis_is_reached_with_and_without_tls(url: str) -> None:
    assert load(redis_url=url).redis_url == url


def test_several_relays_and_their_limits_are_shown_as_they_are_written_but_for_the_password() -> None:
    written = "smtps://ana:S3cr3t@a.example:465?name=a&per_second=20 smtp://b.example:587?tls=starttls"
    settings = load(smtp_url=written.replace(" ", "\n "), domain_limits="gmail.com 20/s 50/d; b.example+c.example 5/h")
    assert [relay.name for relay in settings.relays] == ["a", "b.example"]
    assert settings.smtp_url.host == "a.example"
    shown = settings.masked()
    assert shown["COMMUNIQUE_SMTP_URL"] == written.replace("S3cr3t", "***")
    assert shown["COMMUNIQUE_DOMAIN_LIMITS"] == "gmail.com 20/s 50/d; b.example+c.example 5/h"
    assert "S3cr3t" not in repr(settings)


def test_without_limits_there_are_none() -> None:
    settings = load()
    assert settings.domain_limits == ()
    assert not settings.relays[0].is_limited
    assert settings.masked()["COMMUNIQUE_DOMAIN_LIMITS"] == ""


def test_the_warm_up_can_be_another() -> None:
    assert load(ramp="50, 100,150").ramp == (50, 100, 150)


def test_return_pages_stay_as_they_are_written() -> None:
    pages = ("https://example.org/thanks/?from=form#top", "http://localhost:8080/")
    assert load(return_pages=", ".join(pages)).return_pages == pages


@given(st.text(max_size=40))
def test_no_origin_carries_more_into_a_header_than_a_site(text: str) -> None:
    try:
        origins = load(embed_origins=f"https://{text}".replace("\0", "")).embed_origins
    except Invalid:
        return
    assert all(re.fullmatch(r"https://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]+)?", origin) for origin in origins)


def test_lists_are_read_with_commas_and_blanks() -> None:
    settings = load(languages="en, fr ,ar,", secret_keys=f"{PEPPER}, {KEY}", return_pages=None)
    assert settings.languages == ("en", "fr", "ar")
    assert settings.signing_keys == [PEPPER, KEY]
    assert settings.return_pages == ()


def test_the_file_is_read_and_the_environment_wins_over_it(tmp_path: Path) -> None:
    file = tmp_path / "communique.env"
    lines = {**GOOD, "COMMUNIQUE_PORT": "8100", "COMMUNIQUE_HOST": "0.0.0.0"}
    file.write_text("# ours\n" + "".join(f"{name}={value}\n" for name, value in lines.items()))
    settings = load_settings({"COMMUNIQUE_PORT": "8200"}, file)
    assert (settings.port, settings.host, settings.organisation) == (8200, "0.0.0.0", "Open Doors International")
    assert settings.postal_address == "12 Ramp Street\nExampleton EX1 2AB"


def test_another_file_can_be_named_and_has_to_exist(tmp_path: Path) -> None:
    file = tmp_path / "elsewhere.env"
    with pytest.raises(Invalid, match=r"COMMUNIQUE_SETTINGS_FILE: there is no file .*elsewhere\.env"):
        load_settings({**GOOD, "COMMUNIQUE_SETTINGS_FILE": str(file)})
    file.write_text("COMMUNIQUE_PORT=8300\n")
    assert load_settings({**GOOD, "COMMUNIQUE_SETTINGS_FILE": str(file)}).port == 8300


def test_an_unknown_name_in_the_file_is_refused_too(tmp_path: Path) -> None:
    file = tmp_path / "communique.env"
    file.write_text("COMMUNIQUE_POSTCODE=EX1\n")
    with pytest.raises(Invalid, match="COMMUNIQUE_POSTCODE: is not a setting"):
        load_settings(GOOD, file)


def test_what_is_decided_cannot_be_changed_later() -> None:
    settings = load()
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1  # type: ignore[misc]


def test_names_that_are_not_given_follow_from_those_that_are() -> None:
    settings = load()
    assert settings.sender_domain == settings.envelope_domain == "opendoors.example"
    assert settings.list_namespace == "list-id.opendoors.example"
    assert settings.ehlo_name == "news.example.org"
    own = load(bounce_domain="bounce.example.org", list_domain="lists.example.org", smtp_hostname="out.example.org")
    assert (own.envelope_domain, own.list_namespace) == ("bounce.example.org", "lists.example.org")
    assert own.ehlo_name == "out.example.org"


SECRETS = {
    "secret_keys": (f"{KEY},{PEPPER}x", [KEY, PEPPER]),
    "address_pepper": (PEPPER, [PEPPER]),
    "database_url": ("postgresql+psycopg://press:S3cr3t-db@db.example/news", ["S3cr3t-db"]),
    "redis_url": ("redis://:S3cr3t-redis@cache.example:6379/0", ["S3cr3t-redis"]),
    "smtp_url": ("smtps://press:S3cr3t-smtp@relay.example", ["S3cr3t-smtp"]),
    "hook_postmark": ("postmark:S3cr3t-of-postmark", ["S3cr3t-of-postmark"]),
    "hook_mailgun": ("S3cr3t-key-of-mailgun", ["S3cr3t-key-of-mailgun"]),
    "hook_brevo": ("S3cr3t-token-of-brevo", ["S3cr3t-token-of-brevo"]),
}


@pytest.mark.parametrize("name", SECRETS)
def test_printed_settings_hide_every_secret(name: str) -> None:
    value, secrets = SECRETS[name]
    settings = load(**{name: value})
    for shown in (settings.masked()[PREFIX + name.upper()], repr(settings), str(settings)):
        assert not [secret for secret in secrets if secret in shown]
    assert "***" in settings.masked()[PREFIX + name.upper()]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://press:{}@db.example:5432/news",
        "postgresql+psycopg://press:{}@[::1]/news",
        "postgresql+psycopg://:{}@db.example/news",
        "postgresql+psycopg://db.example/news?user=press&password={}",
        "postgresql+psycopg://press@db.example/news?PASSWORD={}&sslmode=require",
        "postgresql+psycopg://db.example/news?sslpassword={}",
        "redis://:{}@cache.example:6379/0",
        "rediss://press:{}@cache.example:6379/0?password={}",
    ],
)
@pytest.mark.parametrize(
    "password", ["S3cr3tWord", "S3cr3t%40Word", "S3cr3t@Word", "S3cr3t/Word", "S3cr3t#W?rd", "S3cr[t"]
)
def test_a_password_stays_hidden_wherever_it_stands_in_an_address(url: str, password: str) -> None:
    written = url.replace("{}", password)
    name = "database_url" if url.startswith("postgresql") else "redis_url"
    try:
        shown = load(**{name: written}).masked()[PREFIX + name.upper()]
        assert "***" in shown
    except Invalid as refused:
        shown = str(refused)
        assert "%2F" in shown
    assert not any(part in shown for part in ("S3cr", "Word", "W?rd"))


def test_of_webhooks_what_is_no_secret_is_shown() -> None:
    topics = "arn:aws:sns:eu-west-1:123456789012:a, arn:aws-cn:sns:cn-north-1:123456789012:b"
    key = (
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEPteijsZI7c5dW34lL2sqr7tEg1EUoks8qo9xD2SZO8JX"
        "EaNM3JIpCAtjnwmXf+t8qR7M4WSb/qithccrIGrefg=="
    )
    shown = load(hook_ses=topics, hook_sendgrid=key).masked()
    assert (shown["COMMUNIQUE_HOOK_SES"], shown["COMMUNIQUE_HOOK_SENDGRID"]) == (topics, key)
    assert shown["COMMUNIQUE_HOOK_POSTMARK"] == ""


def test_an_address_without_a_password_is_shown_as_it_is() -> None:
    settings = load(
        database_url="postgresql+psycopg:///news?host=/run/pg", redis_url="redis://127.0.0.1:6379/0",
        about_url="https://example.org/a?b=c",
    )  # fmt: skip
    shown = settings.masked()
    assert shown["COMMUNIQUE_DATABASE_URL"] == "postgresql+psycopg:///news?host=/run/pg"
    assert shown["COMMUNIQUE_REDIS_URL"] == "redis://127.0.0.1:6379/0"
    assert shown["COMMUNIQUE_ABOUT_URL"] == "https://example.org/a?b=c"


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60))
def test_no_refusal_repeats_a_password(noise: str) -> None:
    said = ""
    try:
        load(smtp_url=f"smtp://press:Gr1ffin{noise}Gr1ffin@relay.example?tls=starttls")
    except Invalid as refused:
        said = str(refused)
    assert "Gr1ffin" not in said


def test_every_setting_is_in_the_example_file_and_no_other() -> None:
    text = (Path(__file__).parents[2] / ".env.example").read_text()
    named = {line.lstrip("# ").partition("=")[0] for line in text.splitlines() if PREFIX in line.partition("=")[0]}
    named = {name for name in named if name.isidentifier()}
    assert named - {"COMMUNIQUE_SETTINGS_FILE"} == {variable(name) for name in Settings.model_fields}
