"""Which domains are one provider, by what is known of them and by what the settings say."""

from collections import Counter
from itertools import chain

import pytest

from app.domain_limits import parse_domain_limits
from app.mailbox_providers import WELL_KNOWN, DomainGroup, MailboxProviders
from app.setting_values import host_name


def providers(text: str = "") -> MailboxProviders:
    return MailboxProviders(parse_domain_limits(text))


@pytest.mark.parametrize(
    ("domain", "provider"),
    [
        ("gmail.com", "gmail.com"),
        ("googlemail.com", "gmail.com"),
        ("GoogleMail.com", "gmail.com"),
        ("hotmail.co.uk", "outlook.com"),
        ("msn.com", "outlook.com"),
        ("yahoo.fr", "yahoo.com"),
        ("aol.com", "yahoo.com"),
        ("me.com", "icloud.com"),
        ("web.de", "gmx.net"),
        ("example.org", "example.org"),
        ("sub.gmail.com", "sub.gmail.com"),
    ],
)
def test_well_known_domains_belong_to_their_provider_and_others_to_themselves(domain: str, provider: str) -> None:
    assert providers().provider_of(domain) == provider


def test_no_well_known_domain_stands_in_two_groups_and_each_is_a_domain() -> None:
    domains = list(chain.from_iterable(WELL_KNOWN))
    assert [domain for domain, count in Counter(domains).items() if count > 1] == []
    assert [host_name(domain).lower() for domain in domains] == domains


def test_a_limit_of_one_domain_holds_for_the_whole_provider() -> None:
    made = providers("googlemail.com 20/s; example.org 5/h")
    assert made.limited == (
        DomainGroup("gmail.com", ("gmail.com", "googlemail.com"), 20),
        DomainGroup("example.org", ("example.org",), 0, 5),
    )


def test_the_settings_may_say_what_belongs_together() -> None:
    made = providers("example.org+example.net+web.de 5/s; press.example+news.example")
    assert made.provider_of("example.net") == "example.org"
    assert made.provider_of("gmx.de") == "example.org"
    assert made.provider_of("news.example") == "press.example"
    assert [group.name for group in made.limited] == ["example.org"]
    assert set(made.domains_of("example.org")) >= {"example.org", "example.net", "web.de", "gmx.net"}


def test_a_provider_names_all_its_domains() -> None:
    made = providers()
    assert made.domains_of("gmail.com") == ("gmail.com", "googlemail.com")
    assert made.domains_of("example.org") == ("example.org",)


def test_a_domain_may_be_joined_to_a_well_known_provider() -> None:
    made = providers("gmail.com+workspace.example 5/s")
    assert made.provider_of("workspace.example") == "gmail.com"
    assert made.limited[0].domains == ("gmail.com", "googlemail.com", "workspace.example")


@pytest.mark.parametrize("text", ["gmail.com 5/s; googlemail.com 6/s", "a.example+web.de 5/s; gmx.de 1/s"])
def test_two_limits_for_one_provider_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="belong to one provider: keep one limit for both"):
        providers(text)


def test_without_limits_nothing_is_limited() -> None:
    assert providers().limited == ()
