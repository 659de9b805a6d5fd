"""Handing messages over: a mail client as a pure protocol, its sockets, and several relays (RFC 5321)."""
