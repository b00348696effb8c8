"""Who hears a bulletin: the whole station, some hamlets, or some clusters."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from broadcaster.domain.errors import N_, Invalid, refusal
from broadcaster.domain.ids import ClusterId, HamletId


@refusal
class EmptyAudience(Invalid):
    message = N_("Chưa chọn nơi phát. Xin chọn toàn xã, hoặc ít nhất một thôn, một cụm loa.")


@refusal
class UnknownAudience(Invalid):
    name: str
    message = N_("Không có thôn hay cụm loa nào mang mã “{name}” ở đài này. Xin chọn lại nơi phát.")


@refusal
class MixedAudience(Invalid):
    message = N_("Nơi phát chỉ ghi theo một cách: toàn xã, hoặc một số thôn, hoặc một số cụm loa.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A cluster and the hamlet where it hangs: all that an audience is resolved against."""

    cluster: ClusterId
    hamlet: HamletId


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Exactly one of the three is meant: everybody, these hamlets, or these clusters."""

    everybody: bool = False
    hamlets: tuple[HamletId, ...] = ()
    clusters: tuple[ClusterId, ...] = ()

    def __post_init__(self) -> None:
        ways = self.everybody + bool(self.hamlets) + bool(self.clusters)
        if ways != 1:
            raise MixedAudience if ways else EmptyAudience


EVERYBODY = Audience(everybody=True)


def of_hamlets(hamlets: Iterable[str]) -> Audience:
    """Return the audience of these hamlets, each once."""
    return Audience(hamlets=tuple(HamletId(h) for h in dict.fromkeys(hamlets)))


def of_clusters(clusters: Iterable[str]) -> Audience:
    """Return the audience of these clusters, each once."""
    return Audience(clusters=tuple(ClusterId(c) for c in dict.fromkeys(clusters)))


def check_known(audience: Audience, *, hamlets: Collection[HamletId], clusters: Collection[ClusterId]) -> Audience:
    """Return `audience` unchanged; UnknownAudience names the first part that the station does not have."""
    for name in (
        *(h for h in audience.hamlets if h not in hamlets),
        *(c for c in audience.clusters if c not in clusters),
    ):
        raise UnknownAudience(name=name[:40])
    return audience


def clusters_of(audience: Audience, places: Iterable[Place]) -> frozenset[ClusterId]:
    """Return the clusters that an audience means, of the places that there are."""
    return frozenset(
        place.cluster
        for place in places
        if audience.everybody or place.hamlet in audience.hamlets or place.cluster in audience.clusters
    )


def as_json(audience: Audience) -> dict[str, object]:
    """Return the audience as the REST interface and the database write it."""
    if audience.everybody:
        return {"all": True}
    return {"hamlets": list(audience.hamlets)} if audience.hamlets else {"clusters": list(audience.clusters)}


def from_json(value: object) -> Audience:
    """Return the audience written by `as_json`. Raises MixedAudience or EmptyAudience for anything else."""
    match value:
        case {**parts} if len(parts) > 1:
            raise MixedAudience
        case {"all": True}:
            return EVERYBODY
        case {"hamlets": [*names]} if names and all(isinstance(n, str) for n in names):
            return of_hamlets(names)
        case {"clusters": [*names]} if names and all(isinstance(n, str) for n in names):
            return of_clusters(names)
    raise EmptyAudience
