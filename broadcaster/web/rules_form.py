"""What limits a station as its form holds it, and back: a profile, own caps, quiet hours, and exceptions of places."""

from collections.abc import Iterable, Mapping, Sequence

from broadcaster.domain.audience import Audience, of_clusters, of_hamlets
from broadcaster.domain.errors import N_, Invalid, refusal
from broadcaster.domain.ids import HamletId
from broadcaster.domain.station import QuietHours, time_of_day
from broadcaster.domain.week.regime import OwnCaps, SensitivePlace
from broadcaster.services.week.limits import WantedLimits
from broadcaster.web.forms import Entered

PLACES_MOST = 40
QUIET_SPARE = 1
GAINS = {
    "-3": N_("hơi nhỏ hơn (-3 dB)"),
    "-6": N_("nhỏ hơn hẳn (-6 dB)"),
    "-10": N_("nghe nhỏ bằng nửa (-10 dB)"),
    "-20": N_("rất nhỏ (-20 dB)"),
    "0": N_("to như mọi nơi"),
}
_PLACE = ("place", "gain", "place_hamlet", "place_cluster", "place_start", "place_end")
Exceptions = Sequence[tuple[Audience, str]]


@refusal
class NotWhole(Invalid):
    value: str
    message = N_("“{value}” không phải là một số nguyên. Xin ghi số, hoặc để trống.")


@refusal
class PlaceWithoutPlaces(Invalid):
    name: str
    message = N_("“{name}” chưa ghi nghe loa nào. Xin chọn thôn hoặc cụm loa ở gần đó.")


def entered_of(wanted: WantedLimits) -> Entered:
    """Return the limits as their form holds them."""
    own = wanted.own
    fields: dict[str, list[str]] = {
        "profile": [wanted.profile],
        "own_sessions": [str(own.sessions_a_day or "")],
        "own_minutes": [str(own.minutes_a_session or "")],
        "own_days": [str(own.days_a_week or "")],
        "own_document": [own.document],
        **_quiet_fields("quiet_", wanted.quiet_hours),
    }
    for audience, profile in wanted.precincts:
        fields |= {f"precinct-{hamlet}": [profile] for hamlet in audience.hamlets}
    fields["keep"] = [str(n) for n, _ in enumerate(_beyond_hamlets(wanted.precincts))]
    for n, place in enumerate(wanted.sensitive):
        fields |= {
            f"place-{n}": [place.name],
            f"gain-{n}": [f"{place.gain_db:g}"],
            f"place_hamlet-{n}": list(place.audience.hamlets),
            f"place_cluster-{n}": list(place.audience.clusters),
            **_quiet_fields("place_", place.quiet_hours, suffix=f"-{n}"),
        }
    return Entered(fields=fields)


def wanted_of(entered: Entered, *, hamlets: Iterable[HamletId], before: WantedLimits) -> WantedLimits:
    """Return the limits that were entered. Raises Invalid for what cannot be meant.

    Exceptions for single clusters, which other programs may set, are kept from `before` unless they are unticked.
    """
    chosen: dict[str, list[str]] = {}
    for hamlet in hamlets:
        if profile := entered.one(f"precinct-{hamlet}"):
            chosen.setdefault(profile, []).append(hamlet)
    kept = [each for n, each in enumerate(_beyond_hamlets(before.precincts)) if str(n) in entered.every("keep")]
    return WantedLimits(
        profile=entered.one("profile"),
        own=OwnCaps(
            sessions_a_day=_number(entered.one("own_sessions")),
            minutes_a_session=_number(entered.one("own_minutes")),
            days_a_week=_number(entered.one("own_days")),
            document=entered.one("own_document").strip()[:300],
        ),
        quiet_hours=_quiet_hours(entered, "quiet_"),
        precincts=(*((of_hamlets(names), profile) for profile, names in chosen.items()), *kept),
        sensitive=tuple(_place(entered, n) for n in place_numbers(entered) if entered.one(f"place-{n}").strip()),
    )


def place_numbers(entered: Entered) -> range:
    """Return the numbers of the places in a form."""
    count = 0
    while count < PLACES_MOST and entered.every(f"place-{count}"):
        count += 1
    return range(count)


def quiet_rows(entered: Entered, prefix: str, suffix: str = "") -> list[tuple[str, str]]:
    """Return the rows of quiet hours in which something was written, and an empty one."""
    return [*_pairs(entered, prefix, suffix), *[("", "")] * QUIET_SPARE]


def _beyond_hamlets(precincts: Exceptions) -> list[tuple[Audience, str]]:
    return [(audience, profile) for audience, profile in precincts if not audience.hamlets]


def _place(entered: Entered, n: int) -> SensitivePlace:
    name = entered.one(f"place-{n}").strip()
    hamlets, clusters = entered.every(f"place_hamlet-{n}"), entered.every(f"place_cluster-{n}")
    if not hamlets and not clusters:
        raise PlaceWithoutPlaces(name=name[:80])
    audience = of_clusters(clusters) if clusters else of_hamlets(hamlets)
    return SensitivePlace(
        name=name,
        audience=audience,
        gain_db=_gain(entered.one(f"gain-{n}", "-6")),
        quiet_hours=_quiet_hours(entered, "place_", f"-{n}"),
    )


def _gain(written: str) -> float:
    try:
        return float(written)
    except ValueError as exc:
        raise NotWhole(value=written[:20]) from exc


def _number(written: str) -> int | None:
    digits = written.strip()
    if not digits:
        return None
    if not (digits.isascii() and digits.isdigit() and len(digits) < 5):
        raise NotWhole(value=digits[:20])
    return int(digits)


def _quiet_hours(entered: Entered, prefix: str, suffix: str = "") -> tuple[QuietHours, ...]:
    return tuple(
        QuietHours(start=time_of_day(start), end=time_of_day(end)) for start, end in _pairs(entered, prefix, suffix)
    )


def _pairs(entered: Entered, prefix: str, suffix: str) -> list[tuple[str, str]]:
    starts, ends = (entered.every(f"{prefix}{end}{suffix}") for end in ("start", "end"))
    return [(a, b) for a, b in zip(starts, ends, strict=False) if a.strip() or b.strip()]


def _quiet_fields(prefix: str, quiet: Sequence[QuietHours], *, suffix: str = "") -> Mapping[str, list[str]]:
    return {
        f"{prefix}start{suffix}": [f"{each.start:%H:%M}" for each in quiet],
        f"{prefix}end{suffix}": [f"{each.end:%H:%M}" for each in quiet],
    }
