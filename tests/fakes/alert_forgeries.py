"""What somebody with every right on the broker can make of a station's documents without its key.

Each kind is a function of what the thief has seen to (topic, payload); a box must obey none of them.
"""

import base64
import gzip
import hashlib
import hmac
import json
import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from joserfc.jwk import OKPKey

from tests.fakes.box_village import DEVICE, Commune
from wire import seal, topics
from wire.messages import Ack, Alerts, Burst, LiveAlert, Plan, PlannedAiring, Revision
from wire.topics import DeviceTopic

FORGED = "gia-mao"
"""The alert that every forgery names."""
SIREN = (Burst(on_ms=400, off_ms=100, times=1),)
NOISE = b"OggS never approved by anybody" * 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Loot:
    """What the thief works with: the newest genuine document, everything older, another station's, and chance."""

    commune: Commune
    other: Commune
    newest: bytes
    older: tuple[bytes, ...]
    others: bytes
    thief: OKPKey
    chance: random.Random


Forgery = tuple[str, bytes]


def live(name: str, *, now: datetime | None = None, **fields: object) -> LiveAlert:
    """Return a real, public alert with a short siren."""
    at = now or datetime.now(UTC)
    values: dict[str, object] = {
        "version": 1, "status": "Actual", "event": "Lũ", "headline": "Lũ về", "siren": SIREN, "effective_at": at,
        "expires_at": at + timedelta(hours=1), **fields,
    }  # fmt: skip
    return LiveAlert(alert_id=name, **values)


def wanted(loot: Loot, **fields: object) -> Alerts:
    """Return the document that the thief would like to be obeyed."""
    values: dict[str, object] = {
        "revision": Revision(epoch=1, seq=10**9), "issued_at": datetime.now(UTC), "alerts": (live(FORGED),), **fields,
    }  # fmt: skip
    return Alerts(station=loot.commune.name, **values)


def _b64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _unb64(data: bytes) -> bytes:
    return base64.urlsafe_b64decode(data + b"=" * (-len(data) % 4))


def _with_header(loot: Loot, header: dict[str, object] | list[object], *, signature: bytes | None = None) -> bytes:
    """Return the wanted body under this header with the newest document's signature, or another."""
    body = _b64(wanted(loot).model_dump_json().encode())
    own = loot.newest.rpartition(b".")[2] if signature is None else _b64(signature)
    return _b64(json.dumps(header).encode()) + b"." + body + b"." + own


def _header(**fields: object) -> dict[str, object]:
    return {"alg": seal.ALGORITHM, "typ": "loa.alerts", **fields}


def _flipped(loot: Loot) -> bytes:
    broken = bytearray(loot.newest)
    for _ in range(loot.chance.choice((1, 1, 2, 8))):
        broken[loot.chance.randrange(len(broken))] ^= 1 << loot.chance.randrange(8)
    return bytes(broken)


def _hs256(loot: Loot) -> bytes:
    """The station's public key as if it were a shared secret."""
    unsigned = _with_header(loot, {"alg": "HS256", "typ": "loa.alerts"}).rpartition(b".")[0]
    secret = seal.public_pem(loot.commune.key).encode()
    return unsigned + b"." + _b64(hmac.new(secret, unsigned, hashlib.sha256).digest())


def _own_key_in_header(loot: Loot) -> bytes:
    jwk = loot.thief.as_dict(private=False)
    return _with_header(loot, _header(jwk=jwk), signature=os.urandom(64))


def _swapped_payload(loot: Loot) -> bytes:
    header, _, signature = loot.newest.split(b".")
    return header + b"." + _b64(wanted(loot).model_dump_json().encode()) + b"." + signature


def _said_twice(loot: Loot) -> bytes:
    """The wanted alerts behind the signed ones, under the same name in one object."""
    header, body, signature = loot.newest.split(b".")
    extra = wanted(loot).model_dump_json(include={"alerts", "revision"}).encode()[1:]
    return header + b"." + _b64(_unb64(body)[:-1] + b"," + extra) + b"." + signature


def _plan(loot: Loot) -> Plan:
    now = datetime.now(UTC)
    ref = {"sha256": hashlib.sha256(NOISE).hexdigest(), "size_bytes": len(NOISE), "chunks": 1, "duration_ms": 1000}
    airing = PlannedAiring(
        airing_id=FORGED, start_at=now, not_after=now + timedelta(hours=1), priority="emergency", recording=ref
    )
    return Plan(
        station=loot.commune.name, device=DEVICE, revision=Revision(epoch=1, seq=10**9), issued_at=now,
        airings=(airing,),
    )  # fmt: skip


def _flip_of_older(loot: Loot) -> bytes:
    broken = bytearray(loot.chance.choice(loot.older))
    broken[loot.chance.randrange(len(broken))] ^= 1
    return bytes(broken)


_HERE: dict[str, Callable[[Loot], bytes]] = {
    "flipped bits": _flipped,
    "flipped bits of an older one": _flip_of_older,
    "cut off": lambda loot: loot.newest[: loot.chance.randrange(len(loot.newest))],
    "two in one": lambda loot: loot.newest + loot.chance.choice((b"", b".", b"\n")) + loot.chance.choice(loot.older),
    "alg none": lambda loot: _with_header(loot, {"alg": "none", "typ": "loa.alerts"}, signature=b""),
    "alg HS256 with the public key": _hs256,
    "alg of another curve": lambda loot: _with_header(loot, {"alg": "ES256", "typ": "loa.alerts"}),
    "other kid": lambda loot: _with_header(loot, _header(kid="khac")),
    "own key in the header": _own_key_in_header,
    "crit and b64": lambda loot: _with_header(loot, _header(b64=False, crit=["b64"])),
    "a header that is no object": lambda loot: _with_header(loot, [["alg", "none"]]),
    "a header nested without end": lambda loot: _b64(b"[" * 50_000) + b".e30." + b"A" * 86,
    "signed by the thief": lambda loot: seal.seal(wanted(loot), loot.thief),
    "signed by the box itself": lambda loot: seal.seal(wanted(loot), loot.commune.device_key),
    "swapped payload": _swapped_payload,
    "said twice in one object": _said_twice,
    "future number, unsigned": lambda loot: wanted(loot).model_dump_json().encode(),
    "new epoch, unsigned": lambda loot: _with_header(loot, _header(), signature=bytes(64)),
    "no signature": lambda loot: loot.newest.rpartition(b".")[0] + b".",
    "expired, signed by the thief": lambda loot: seal.seal(
        wanted(loot, alerts=(live(FORGED, now=datetime.now(UTC) - timedelta(days=1)),)), loot.thief
    ),
    "not yet effective, signed by the thief": lambda loot: seal.seal(
        wanted(loot, alerts=(live(FORGED, now=datetime.now(UTC) + timedelta(minutes=5)),)), loot.thief
    ),
    "compressed": lambda loot: gzip.compress(loot.newest),
    "huge": lambda loot: loot.newest + b"A" * loot.chance.choice((100_000, 600_000)),
    "noise": lambda loot: loot.chance.randbytes(loot.chance.randrange(600)),
    "empty": lambda _loot: b"",
    "another station's": lambda loot: loot.others,
    "replayed": lambda loot: loot.chance.choice(loot.older),
    "the newest again": lambda loot: loot.newest,
}


def _to_everybody(make: Callable[[Loot], bytes]) -> Callable[[Loot], Forgery]:
    return lambda loot: (loot.commune.topic, make(loot))


def _of_box(topic: DeviceTopic, make: Callable[[Loot], bytes]) -> Callable[[Loot], Forgery]:
    return lambda loot: (topics.of_device(loot.commune.name, DEVICE, topic), make(loot))


def _poison(loot: Loot) -> Forgery:
    return topics.chunk(loot.commune.name, hashlib.sha256(NOISE).hexdigest(), 0), NOISE


def _ack(loot: Loot) -> bytes:
    ack = Ack(station=loot.commune.name, device=DEVICE, journal="x", up_to=2**53 - 1, issued_at=datetime.now(UTC))
    return seal.seal(ack, loot.thief)


KINDS: dict[str, Callable[[Loot], Forgery]] = {
    **{name: _to_everybody(make) for name, make in _HERE.items()},
    "alerts where the plan belongs": _of_box(DeviceTopic.PLAN, lambda loot: loot.newest),
    "alerts where acknowledgements belong": _of_box(DeviceTopic.ACK, lambda loot: loot.newest),
    "alerts where the time belongs": _of_box(DeviceTopic.CLOCK, lambda loot: loot.newest),
    "a plan by the thief": _of_box(DeviceTopic.PLAN, lambda loot: seal.seal(_plan(loot), loot.thief)),
    "a plan where the alerts belong": lambda loot: (loot.commune.topic, seal.seal(_plan(loot), loot.thief)),
    "an acknowledgement by the thief": _of_box(DeviceTopic.ACK, _ack),
    "a chunk that nobody approved": _poison,
}
"""Every kind by its name."""
