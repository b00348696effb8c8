"""Fetches documents over HTTP in a process of its own: killing it is the one deadline that also ends a name look-up.

A question is a line of JSON (`url`, `headers`, `timeout_s`, `max_bytes`, `allow_private`, `hosts`); an answer is a line
of JSON and the body: `error` is empty, or says what was wrong. Imports nothing else of ours. It connects to the host
asked for, on an address that it checked itself, and follows a redirect only to the same origin or a host allowed.
"""

import http.client
import ipaddress
import json
import os
import resource
import signal
import socket
import ssl
import sys
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

MAX_REDIRECTS = 3
_MEMORY_BYTES = 1024**3
_PORTS = {"http": 80, "https": 443}
_GATEWAYS = tuple(ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))
"""IPv6 addresses that stand for any IPv4 address behind them, a private one too."""


class Refused(Exception):  # noqa: N818 - reads as what became of the request
    """What is not fetched, or cannot be; the message is the stable name of the reason."""


def fetch(question: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Return the answer's header and body."""
    url, headers = str(question["url"]), dict(question["headers"])
    try:
        for _ in range(MAX_REDIRECTS + 1):
            header, body, location = _ask(question, urlsplit(url), headers)
            if not location:
                return {"error": "", "url": url, **header}, body
            url = _next_address(url, location, hosts=question["hosts"])
        raise Refused("too_many_redirects")
    except Refused as exc:
        return {"error": str(exc), "detail": ""}, b""
    except TimeoutError:
        return {"error": "timed_out", "detail": ""}, b""
    except ssl.SSLError as exc:
        return {"error": "bad_certificate", "detail": str(exc)[:200]}, b""
    except (OSError, http.client.HTTPException, ValueError) as exc:  # ValueError: an address that is none
        return {"error": "unreachable", "detail": f"{type(exc).__name__}: {exc}"[:200]}, b""


def _ask(
    question: Mapping[str, Any], parts: SplitResult, headers: Mapping[str, str]
) -> tuple[dict[str, Any], bytes, str]:
    """Return (header, body, where it redirects to)."""
    connection = _connection(parts, question)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", target, headers=dict(headers))
        answer = connection.getresponse()
        if answer.status in (301, 302, 303, 307, 308):
            return {}, b"", answer.getheader("Location") or "?"
        header = {
            "status": answer.status,
            "etag": answer.getheader("ETag") or "",
            "last_modified": answer.getheader("Last-Modified") or "",
            "retry_after": answer.getheader("Retry-After") or "",
        }
        return header, _body(answer, int(question["max_bytes"])) if answer.status == 200 else b"", ""
    finally:
        connection.close()


def _body(answer: http.client.HTTPResponse, max_bytes: int) -> bytes:
    if answer.getheader("Content-Encoding", "identity").lower() not in ("identity", ""):
        raise Refused("packed")
    if int(answer.getheader("Content-Length") or 0) > max_bytes:
        raise Refused("too_large")
    body = answer.read(max_bytes + 1)
    if len(body) > max_bytes:
        raise Refused("too_large")
    return body


def _connection(parts: SplitResult, question: Mapping[str, Any]) -> http.client.HTTPConnection:
    """Return a connection to an address that was looked up once and checked: no second look-up can lead elsewhere."""
    if parts.scheme not in _PORTS or not parts.hostname or parts.username or parts.password:
        raise Refused("bad_address")
    port, timeout_s = parts.port or _PORTS[parts.scheme], float(question["timeout_s"])
    line = _line(parts.hostname, port, timeout_s=timeout_s, allow_private=bool(question["allow_private"]))
    if parts.scheme == "https":
        try:
            line = ssl.create_default_context().wrap_socket(line, server_hostname=parts.hostname)
        except OSError:
            line.close()
            raise
    connection = http.client.HTTPConnection(parts.hostname, port, timeout=timeout_s)
    connection.sock = line
    return connection


def _line(host: str, port: int, *, timeout_s: float, allow_private: bool) -> socket.socket:
    addresses = [found[4] for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    allowed = [a for a in addresses if is_allowed(str(a[0]), allow_private=allow_private)]
    if not allowed:
        raise Refused("private_address")
    failure: OSError = OSError("no address")
    for address in allowed[:4]:
        try:
            return socket.create_connection((str(address[0]), port), timeout=timeout_s)
        except OSError as exc:
            failure = exc
    raise failure


def is_allowed(address: str, *, allow_private: bool) -> bool:
    """Return whether an IP address may be connected to: one of the Internet, or a private one where that is allowed."""
    ip = ipaddress.ip_address(address.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if ip.is_multicast or ip.is_unspecified:
        return False
    return allow_private or (ip.is_global and not any(ip in net for net in _GATEWAYS if net.version == ip.version))


def _next_address(url: str, location: str, *, hosts: Sequence[str]) -> str:
    new = urljoin(url, location)
    before, after = urlsplit(url), urlsplit(new)
    if before.scheme == "https" and after.scheme != "https":
        raise Refused("redirected_elsewhere")
    same = (before.scheme, before.hostname, before.port) == (after.scheme, after.hostname, after.port)
    if not same and after.hostname not in hosts:
        raise Refused("redirected_elsewhere")
    return new


def main() -> None:
    """Fetch whatever standard input asks for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for our parent, which closes our input
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing that a library prints must be taken for an answer
    for line in sys.stdin.buffer:
        header, body = fetch(json.loads(line))
        answers.write(json.dumps({**header, "bytes": len(body)}).encode() + b"\n" + body)
        answers.flush()


if __name__ == "__main__":
    main()
