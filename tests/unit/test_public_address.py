"""Which addresses may be asked in the name of an author, and which must never be."""

import pytest

from app.services.public_address import is_public


@pytest.mark.parametrize("address", ["93.184.215.14", "1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4001:80b::200e"])
def test_addresses_that_everybody_reaches_are_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.5.5", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "fe80::1", "fe80::1%eth0", "fc00::1",
        "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::", "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "localhost", "", "1.2.3",
    ],
)  # fmt: skip
def test_addresses_of_networks_that_are_not_everybodys_are_not(address):
    assert not is_public(address)


def test_a_translated_address_is_judged_by_the_one_that_it_carries():
    assert is_public("64:ff9b::101:101")
    assert is_public("2002:101:101::")
    assert is_public("::ffff:1.1.1.1")
