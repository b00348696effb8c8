"""A station's clusters as sets of bits, and which rules hold where: what makes planning a large station quick."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from broadcaster.domain.audience import Audience, Place, of_clusters, of_hamlets
from broadcaster.domain.ids import ClusterId, HamletId
from broadcaster.domain.station import QuietHours, Rules
from broadcaster.domain.week.regime import Profile, Regime

Mask = int
"""A set of clusters: bit n stands for the n-th of `Ground.order`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """Clusters under the same rules: one profile, one set of quiet hours."""

    mask: Mask
    profile: Profile
    rules: Rules


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ground:
    """The clusters of a station in a fixed order, its zones, and what was looked up before."""

    order: tuple[ClusterId, ...]
    everywhere: Mask
    hamlets: dict[HamletId, Mask]
    bits: dict[ClusterId, Mask]
    regime: Regime
    zones: tuple[Zone, ...]
    _masks: dict[Audience, Mask] = field(default_factory=dict)
    _clusters: dict[Mask, frozenset[ClusterId]] = field(default_factory=dict)

    @classmethod
    def of(cls, places: Iterable[Place], regime: Regime) -> "Ground":
        """Return the ground of these places under a regime."""
        ordered = sorted(places, key=lambda place: place.cluster)
        bits = {place.cluster: 1 << n for n, place in enumerate(ordered)}
        hamlets: dict[HamletId, Mask] = {}
        for place in ordered:
            hamlets[place.hamlet] = hamlets.get(place.hamlet, 0) | bits[place.cluster]
        everywhere = (1 << len(ordered)) - 1
        bare = cls(
            order=tuple(bits), everywhere=everywhere, hamlets=hamlets, bits=bits, regime=regime, zones=()
        )  # fmt: skip
        return replace(bare, zones=_zones(bare, regime))

    def mask(self, audience: Audience) -> Mask:
        """Return the clusters that an audience means here."""
        found = self._masks.get(audience)
        if found is None:
            found = self.everywhere if audience.everybody else 0
            for hamlet in audience.hamlets:
                found |= self.hamlets.get(hamlet, 0)
            for cluster in audience.clusters:
                found |= self.bits.get(cluster, 0)
            self._masks[audience] = found
        return found

    def mask_of(self, clusters: Iterable[ClusterId]) -> Mask:
        """Return the clusters of a set, without those that hang here no more."""
        found = 0
        for cluster in clusters:
            found |= self.bits.get(cluster, 0)
        return found

    def clusters(self, mask: Mask) -> frozenset[ClusterId]:
        """Return the clusters of a mask."""
        found = self._clusters.get(mask)
        if found is None:
            written = bin(mask)[:1:-1]
            found = frozenset(cluster for cluster, bit in zip(self.order, written, strict=False) if bit == "1")
            self._clusters[mask] = found
        return found

    def audience(self, mask: Mask, like: Audience) -> Audience:
        """Return an audience of exactly these clusters: `like` itself where it means them, or hamlets, or clusters."""
        if self.mask(like) == mask:
            return like
        whole = [hamlet for hamlet, inside in self.hamlets.items() if inside & mask == inside]
        if sum(self.hamlets[hamlet] for hamlet in whole) == mask:
            return of_hamlets(sorted(whole))
        return of_clusters(sorted(self.clusters(mask)))

    def gain_db(self, cluster: ClusterId) -> float:
        """Return how much quieter a cluster sounds than the others, in dB: that of its most sensitive place."""
        bit = self.bits.get(cluster, 0)
        return min((p.gain_db for p in self.regime.sensitive if self.mask(p.audience) & bit), default=0.0)


def _zones(ground: Ground, regime: Regime) -> tuple[Zone, ...]:
    zones = [Zone(mask=ground.everywhere, profile=regime.profile, rules=regime.rules)]
    for precinct in regime.precincts:
        inside = ground.mask(precinct.audience)
        zones = [part for z in zones for part in _split(z, inside, replace(z, profile=precinct.profile))]
    for place in regime.sensitive:
        if place.quiet_hours:
            inside = ground.mask(place.audience)
            zones = [part for z in zones for part in _split(z, inside, _with_quiet(z, place.quiet_hours))]
    return tuple(zones)


def _with_quiet(zone: Zone, quiet_hours: tuple[QuietHours, ...]) -> Zone:
    return replace(zone, rules=replace(zone.rules, quiet_hours=(*zone.rules.quiet_hours, *quiet_hours)))


def _split(zone: Zone, inside: Mask, changed: Zone) -> list[Zone]:
    """Return the part of a zone outside `inside` as it was, and the part inside as it is changed."""
    parts = (replace(zone, mask=zone.mask & ~inside), replace(changed, mask=zone.mask & inside))
    return [part for part in parts if part.mask]
