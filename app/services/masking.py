"""Addresses for those who may not read them: enough to tell two apart, too little to write to."""


def masked(address: str) -> str:
    """The first character and the domain, such as "a…@example.org"."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"
