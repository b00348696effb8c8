"""A station's rules for warnings from outside, as an administrator settles them."""

from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from broadcaster.domain.cap.profile import Profile, from_json
from broadcaster.domain.errors import N_, Conflict, Invalid, refusal
from broadcaster.domain.permissions import Person, may_administer, require
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


def set_rules(office: Office, *, actor: Person, wanted: Mapping[str, Any]) -> Profile:
    """Replace the rules. Raises ProfileWrong, BadCertificate, UnknownHamletInRules or SourceHasFeeds."""
    require(may_administer(actor))
    profile = from_json(wanted)
    for source in profile.sources:
        if not all(is_strong_certificate(pem) for pem in source.certificates):
            raise BadCertificate(source=source.name)
    now = office.now()
    with office.database.writing() as tx:
        hamlets = {hamlet.id for hamlet in stations.hamlets_of(tx, actor.station)}
        for place in profile.place.hamlets:
            if place.hamlet not in hamlets:
                raise UnknownHamletInRules(hamlet=place.hamlet[:40])
        for feed in cap_feeds.of_station(tx, actor.station):
            if profile.source(feed.source) is None:
                raise SourceHasFeeds(source=feed.source)
        cap_received.set_profile(tx, actor.station, profile, by=actor.id, now=now)
        audit.record(
            tx, actor.station, user=actor.id, action="cap.rules", subject=actor.station, now=now,
            sources=[[s.name, s.by_itself.value, len(s.certificates)] for s in profile.sources],
        )  # fmt: skip
    return profile


def is_strong_certificate(pem: str) -> bool:
    """Return whether a PEM text is one certificate whose key is of a kind and size that still means something."""
    try:
        key = x509.load_pem_x509_certificate(pem.encode()).public_key()
    except (ValueError, TypeError):
        return False
    if isinstance(key, RSAPublicKey):
        return key.key_size >= LEAST_RSA_BITS
    return isinstance(key, EllipticCurvePublicKey) and key.key_size >= LEAST_CURVE_BITS
