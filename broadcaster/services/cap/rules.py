"""A station's rules for warnings from outside, as an administrator settles them: whole, or one source at a time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from sqlalchemy import Connection

from broadcaster.domain.cap.profile import Profile, from_json
from broadcaster.domain.errors import N_, Conflict, Invalid, refusal
from broadcaster.domain.permissions import Person, may_administer, require
from broadcaster.services.cap.intake import NoSuchSource
from broadcaster.services.office import Office
from broadcaster.store import audit, cap_feeds, cap_received, stations

LEAST_RSA_BITS = 2048
LEAST_CURVE_BITS = 256


@refusal
class BadCertificate(Invalid):
    source: str
    message = N_(
        "Chứng thư của nguồn “{source}” không đọc được hoặc quá yếu. Xin dán tệp PEM, khóa RSA từ 2048 bit hoặc ECDSA "
        "từ 256 bit."
    )


@refusal
class UnknownHamletInRules(Invalid):
    hamlet: str
    message = N_("Quy tắc nhắc tới thôn “{hamlet}” mà đài không có. Xin dùng mã thôn của đài.")


@refusal
class SourceHasFeeds(Conflict):
    source: str
    message = N_("Còn nguồn cấp tin đang dùng quy tắc “{source}”. Xin bỏ nguồn cấp tin đó trước.")


@refusal
class SourceKnown(Conflict):
    source: str
    message = N_("Đài đã có nguồn mang mã “{source}”. Xin đặt mã khác, hoặc sửa nguồn ấy.")


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFacts:
    """What a person can recognise a certificate by. `fingerprint` is the SHA-256 of its DER form, in hexadecimal."""

    holder: str
    until: datetime
    fingerprint: str


def set_rules(office: Office, *, actor: Person, wanted: Mapping[str, Any]) -> Profile:
    """Replace the rules. Raises ProfileWrong, BadCertificate, UnknownHamletInRules or SourceHasFeeds."""
    require(may_administer(actor))
    profile = from_json(wanted)
    return _settle(office, lambda _before: profile, actor=actor)


def put_source(office: Office, *, actor: Person, wanted: Mapping[str, Any], new: bool) -> Profile:
    """Add or change a source. Raises ProfileWrong, BadCertificate, SourceKnown or NoSuchSource."""
    require(may_administer(actor))
    (source,) = from_json({"sources": [wanted]}).sources

    def changed(before: Profile) -> Profile:
        known = before.source(source.name) is not None
        if new and known:
            raise SourceKnown(source=source.name[:60])
        if not new and not known:
            raise NoSuchSource(source=source.name[:60])
        kept = [source if each.name == source.name else each for each in before.sources]
        return replace(before, sources=(*kept, source) if new else tuple(kept))

    return _settle(office, changed, actor=actor)


def remove_source(office: Office, *, actor: Person, name: str) -> Profile:
    """Hear a source no more. Raises NoSuchSource or SourceHasFeeds."""

    def changed(before: Profile) -> Profile:
        if before.source(name) is None:
            raise NoSuchSource(source=name[:60])
        return replace(before, sources=tuple(each for each in before.sources if each.name != name))

    return _settle(office, changed, actor=actor)


def set_place(office: Office, *, actor: Person, wanted: Mapping[str, Any]) -> Profile:
    """Say where the station lies. Raises ProfileWrong or UnknownHamletInRules."""
    require(may_administer(actor))
    place = from_json({"place": wanted}).place
    return _settle(office, lambda before: replace(before, place=place), actor=actor)


def _settle(office: Office, change: Callable[[Profile], Profile], *, actor: Person) -> Profile:
    """Put the rules that `change` makes of today's in their place; what nobody changed stays as it is."""
    require(may_administer(actor))
    now = office.now()
    with office.database.writing() as tx:
        profile = change(cap_received.profile_of(tx, actor.station))
        _check(tx, profile, actor=actor)
        cap_received.set_profile(tx, actor.station, profile, by=actor.id, now=now)
        audit.record(
            tx, actor.station, user=actor.id, action="cap.rules", subject=actor.station, now=now,
            sources=[[s.name, s.by_itself.value, len(s.certificates)] for s in profile.sources],
        )  # fmt: skip
    return profile


def _check(tx: Connection, profile: Profile, *, actor: Person) -> None:
    for source in profile.sources:
        if not all(is_strong_certificate(pem) for pem in source.certificates):
            raise BadCertificate(source=source.name)
    hamlets = {hamlet.id for hamlet in stations.hamlets_of(tx, actor.station)}
    for place in profile.place.hamlets:
        if place.hamlet not in hamlets:
            raise UnknownHamletInRules(hamlet=place.hamlet[:40])
    for feed in cap_feeds.of_station(tx, actor.station):
        if profile.source(feed.source) is None:
            raise SourceHasFeeds(source=feed.source)


def is_strong_certificate(pem: str) -> bool:
    """Return whether a PEM text is one certificate whose key is of a kind and size that still means something."""
    try:
        key = x509.load_pem_x509_certificate(pem.encode()).public_key()
    except (ValueError, TypeError):
        return False
    if isinstance(key, RSAPublicKey):
        return key.key_size >= LEAST_RSA_BITS
    return isinstance(key, EllipticCurvePublicKey) and key.key_size >= LEAST_CURVE_BITS


def facts_of(pem: str) -> CertificateFacts | None:
    """Return what a certificate says of itself; None for what is none."""
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        return CertificateFacts(
            holder=certificate.subject.rfc4514_string(),
            until=certificate.not_valid_after_utc,
            fingerprint=certificate.fingerprint(SHA256()).hex(),
        )
    except (ValueError, TypeError):
        return None
