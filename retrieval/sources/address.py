"""Which network addresses may be asked: public ones, so a link cannot reach into the private network."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from retrieval.errors import SourceRefused

_NAT64 = IPv6Network("64:ff9b::/96")


def allowed_addresses(host: str, port: int, *, allow_private: bool) -> list[str]:
    """Resolve a host, to nothing when its name is unknown; raises SourceRefused if it is not public.

    The caller must connect to one of the returned addresses: asking the name again could give another.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    addresses = list(dict.fromkeys(str(entry[4][0]).split("%")[0] for entry in found))
    if not allow_private:
        for address in addresses:
            if not is_public(address):
                raise SourceRefused(
                    host, f"{address} is not a public address; allow private addresses to read from it"
                )
    return addresses


def is_public(address: str) -> bool:
    """Whether the address is reachable by everyone; an IPv4 address inside an IPv6 one counts as itself."""
    parsed = ip_address(address)
    inner = _inner(parsed) if isinstance(parsed, IPv6Address) else None
    counted = inner or parsed
    return counted.is_global and not counted.is_multicast


def _inner(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
