"""The sender's domain as receivers look it up: a name server with each defect, and what the doctor says about it."""

import re
from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from app.dkim_key import parse_keys
from app.relay_settings import parse_relays
from app.services.doctor import dmarc, sender_domain
from app.services.doctor.lookup import Dns, is_made_up
from tests.fake_dns import fake_dns, txt

DOMAIN = "news.doors.org"
SPF = "v=spf1 include:_spf.relay.net ~all"


@pytest.fixture(scope="module")
def rsa():
    return generate_private_key(65537, 2048)


@pytest.fixture
def key(rsa, tmp_path):
    return written(rsa, tmp_path / "key.pem")


def written(private, path):
    path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return parse_keys(f"s1:{DOMAIN}:{path}")


def published(private, form=PublicFormat.SubjectPublicKeyInfo) -> str:
    return b64encode(private.public_key().public_bytes(Encoding.DER, form)).decode()


def zone(rsa, **changes):
    """All records of a sender whose mail arrives; a change replaces a name's records or takes them away."""
    records = {
        DOMAIN: {
            "TXT": [txt(SPF)],
            "MX": ["10 mx.doors.org."],
            "SOA": ["ns.doors.org. admin.doors.org. 1 3600 600 86400 60"],
        },
        "_spf.relay.net": {"TXT": [txt("v=spf1 ip4:93.184.215.0/24 -all")]},
        "mx.doors.org": {"A": ["198.51.100.9"]},
        "smtp.relay.net": {"A": ["93.184.215.14"]},
        "14.215.184.93.in-addr.arpa": {"PTR": ["out1.relay.net."]},
        "out1.relay.net": {"A": ["93.184.215.14"]},
        f"s1._domainkey.{DOMAIN}": {"TXT": [txt(f"v=DKIM1; k=rsa; p={published(rsa)}")]},
        f"_dmarc.{DOMAIN}": {"TXT": [txt("v=DMARC1; p=quarantine; rua=mailto:dmarc@doors.org")]},
    }
    named = {"domain": DOMAIN, "dkim": f"s1._domainkey.{DOMAIN}", "dmarc": f"_dmarc.{DOMAIN}", "spf": "_spf.relay.net"}
    for name, of in changes.items():
        if of is None:
            records.pop(named[name])
        else:
            records[named[name]] = {**records[named[name]], **of}
    return records


def examined(settings, records, key, **changes):
    here = settings.model_copy(
        update={
            "statements_from": f"Doors <press@{DOMAIN}>",
            "service_from": f"Doors <hello@{DOMAIN}>",
            "bounce_domain": "",
            "dkim": key,
            "relays": parse_relays("smtps://smtp.relay.net"),
            **changes,
        }
    )
    with fake_dns(records) as server:
        return list(sender_domain.examine(here, Dns(server.resolver, seconds=2)))


def levels(found) -> dict[str, str]:
    return {diagnosis.code or diagnosis.part: diagnosis.level for diagnosis in found if diagnosis.level != "ok"}


def test_a_sender_whose_mail_arrives_has_nothing_to_mend(settings, rsa, key):
    found = examined(settings, zone(rsa), key)
    assert levels(found) == {}
    said = " ".join(diagnosis.words for diagnosis in found)
    assert "It names the address of the relay smtp.relay.net." in said
    assert f"From ({DOMAIN}) agrees with the DKIM signature and the envelope sender" in said


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"domain": {"TXT": []}}, "spf-missing", "has no SPF record"),
        ({"domain": {"TXT": [txt(SPF), txt("v=spf1 -all")]}}, "spf-twice", "has 2 SPF records"),
        ({"domain": {"TXT": [txt("v=spf1 +all")]}}, "spf-open", "everybody may send"),
        ({"domain": {"TXT": [txt("v=spf1 include:_spf.relay.net")]}}, "spf-ending", "for everybody else"),
        ({"spf": None}, "spf-broken", "which has no SPF record"),
        ({"domain": {"TXT": [txt(f"v=spf1 {'a:x.org ' * 11}~all")]}}, "spf-lookups", "needs 11 lookups"),
        ({"domain": {"TXT": [txt("v=spf1 ip4:relay ~all")]}}, "spf-broken", "holds no address"),
        ({"dkim": None}, "dkim-missing", "There is no key at s1._domainkey"),
        ({"dkim": {"TXT": [txt("v=DKIM1; p=")]}}, "dkim-other", "is revoked"),
        ({"dkim": {"TXT": [txt("v=DKIM1; p=AAAA")]}}, "dkim-other", "isn't the other half"),
        ({"dkim": {"TXT": [txt("v=DKIM1; p=%%%")]}}, "dkim-other", "isn't the other half"),
        ({"dkim": {"TXT": [txt("v=DKIM1; p=AAAA"), txt("v=DKIM1; p=BBBB")]}}, "dkim-twice", "There are 2 keys"),
        ({"dmarc": None}, "dmarc-missing", "There is no DMARC record"),
        ({"dmarc": {"TXT": [txt("v=DMARC1; p=none")]}}, "dmarc-reports", "Nobody gets the reports"),
        ({"domain": {"MX": []}}, "mx-missing", "has no MX record"),
        ({"domain": {"MX": ["0 ."]}}, "mx-null", "takes no mail"),
        ({"domain": {"MX": ["10 gone.doors.org."]}}, "mx-lost", "have no address"),
        ({"domain": {"SOA": []}}, "soa-missing", "no zone"),
    ],
)
def test_each_defect_is_named_and_how_it_is_mended(settings, rsa, key, changes, code, words):
    found = [diagnosis for diagnosis in examined(settings, zone(rsa, **changes), key) if diagnosis.code == code]
    assert found, code
    assert words in found[0].words
    assert found[0].mend
    assert found[0].level in {"fail", "warn"}


def test_a_key_in_its_older_form_and_an_ed25519_key_are_known_as_ours(settings, rsa, key, tmp_path):
    older = {"TXT": [txt(f"v=DKIM1; p={published(rsa, PublicFormat.PKCS1)}")]}
    assert levels(examined(settings, zone(rsa, dkim=older), key)) == {}
    edwards = Ed25519PrivateKey.generate()
    raw = b64encode(edwards.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
    newer = {"TXT": [txt(f"v=DKIM1; k=ed25519; p={raw}")]}
    assert levels(examined(settings, zone(rsa, dkim=newer), written(edwards, tmp_path / "ed.pem"))) == {}


def test_a_key_that_is_marked_as_a_test_is_a_warning(settings, rsa, key):
    testing = {"TXT": [txt(f"v=DKIM1; t=y; p={published(rsa)}")]}
    assert levels(examined(settings, zone(rsa, dkim=testing), key)) == {"dkim-testing": "warn"}


@pytest.mark.parametrize("name", ["14.215.184.93.in-addr.arpa", "out1.relay.net"])
def test_a_relay_whose_address_has_no_name_that_leads_back_is_remarked_upon(settings, rsa, key, name):
    records = zone(rsa)
    records.pop(name)
    found = [diagnosis for diagnosis in examined(settings, records, key) if diagnosis.part == "Reverse names"]
    assert [diagnosis.level for diagnosis in found] == ["note"]
    assert "no name that leads back" in found[0].words


def test_without_keys_it_is_said_that_the_relay_has_to_sign(settings, rsa):
    found = examined(settings, zone(rsa), ())
    assert levels(found) == {"DKIM": "note"}


def test_from_that_agrees_with_nothing_fails(settings, rsa, key, tmp_path):
    """The envelope sender is elsewhere, and the policy wants the very same domain of a signature."""
    strict = {"TXT": [txt("v=DMARC1; p=reject; adkim=s; rua=mailto:a@doors.org")]}
    records = zone(rsa, dmarc=strict)
    records["bounces.relay.net"] = records[DOMAIN]
    records["s1._domainkey.doors.org"] = records[f"s1._domainkey.{DOMAIN}"]
    above = parse_keys(f"s1:doors.org:{key[0].path}")
    found = examined(settings, records, above, bounce_domain="bounces.relay.net")
    assert levels(found)["unaligned"] == "fail"
    without = levels(examined(settings, records, (), bounce_domain="bounces.relay.net"))
    assert without["unaligned-without-keys"] == "warn"


def test_a_key_of_the_domain_above_agrees_where_the_policy_is_relaxed(settings, rsa, key):
    records = zone(rsa, dmarc=None)
    records["_dmarc.doors.org"] = {"TXT": [txt("v=DMARC1; p=none; rua=mailto:a@doors.org")]}
    records["bounces.relay.net"] = records[DOMAIN]
    records["s1._domainkey.doors.org"] = records[f"s1._domainkey.{DOMAIN}"]
    above = parse_keys(f"s1:doors.org:{key[0].path}")
    found = examined(settings, records, above, bounce_domain="bounces.relay.net")
    assert not [diagnosis for diagnosis in found if diagnosis.level in {"fail", "warn"}]


def test_without_any_policy_one_domain_below_the_other_agrees(settings, rsa, key):
    records = zone(rsa, dmarc=None)
    records["bounces.relay.net"] = records[f"b.{DOMAIN}"] = records[DOMAIN]
    records["s1._domainkey.doors.org"] = records[f"s1._domainkey.{DOMAIN}"]
    above = parse_keys(f"s1:doors.org:{key[0].path}")
    for keys, envelope in ((above, "bounces.relay.net"), ((), f"b.{DOMAIN}")):
        found = levels(examined(settings, records, keys, bounce_domain=envelope))
        assert "dmarc-missing" in found
        assert not {"unaligned", "unaligned-without-keys"} & found.keys()


def test_a_name_server_that_does_not_answer_proves_nothing(settings, rsa, key):
    with fake_dns(zone(rsa)) as server:
        server.failing = {DOMAIN, f"s1._domainkey.{DOMAIN}", f"_dmarc.{DOMAIN}"}
        here = settings.model_copy(update={"statements_from": f"press@{DOMAIN}", "dkim": key, "bounce_domain": ""})
        found = list(sender_domain.examine_statements(here, Dns(server.resolver, seconds=0.5)))
    assert {diagnosis.level for diagnosis in found} == {"note"}
    assert all("could not be checked" in diagnosis.words for diagnosis in found)


def test_names_that_are_reserved_for_examples_are_never_asked_for(settings):
    with fake_dns({}) as server:
        found = list(sender_domain.examine(settings, Dns(server.resolver)))
        assert server.asked == []
    assert {diagnosis.level for diagnosis in found} == {"note"}
    assert is_made_up("Opendoors.Example.")
    assert is_made_up("lists.example.org")
    assert not is_made_up("myexample.org")


def test_the_organisations_domain_is_found_by_walking_up():
    records = {
        "_dmarc.a.b.doors.org": {"TXT": [txt("v=DMARC1; p=none")]},
        "_dmarc.doors.org": {"TXT": [txt("v=DMARC1; p=reject")]},
        "_dmarc.city.gov": {"TXT": [txt("v=DMARC1; p=none; psd=y")]},
        "_dmarc.own.city.gov": {"TXT": [txt("v = DMARC1; p=none; psd=n")]},
    }
    with fake_dns(records) as server:
        asked = Dns(server.resolver)
        found = dmarc.walk(asked, "a.b.doors.org")
        assert dmarc.organisational("a.b.doors.org", found) == "doors.org"
        assert dmarc.policy_for("a.b.doors.org", found).wish == "none"
        assert dmarc.policy_for("b.doors.org", dmarc.walk(asked, "b.doors.org")).wish == "reject"
        assert dmarc.organisational("x.press.city.gov", dmarc.walk(asked, "x.press.city.gov")) == "press.city.gov"
        assert dmarc.organisational("x.own.city.gov", dmarc.walk(asked, "x.own.city.gov")) == "own.city.gov"
        assert dmarc.policy_for("nothing.net", dmarc.walk(asked, "nothing.net")) is None
        deep = ".".join("abcdefghijkl") + ".doors.org"
        server.asked.clear()
        dmarc.walk(asked, deep)
        assert len(server.asked) == 8
        assert not any(re.match(r"_dmarc\.b\.c", name) for name in server.asked)
