"""Siren patterns: the prescribed ones, chosen by the event, and only for what is real."""

import pytest

from broadcaster.domain.alarm.sirens import (
    BadSiren,
    Siren,
    SirenOnlyForReal,
    UnknownSiren,
    checked,
    choose_siren,
    event_kinds,
    house_sirens,
    kind_of,
)
from broadcaster.domain.alert import Severity, Status, Stroke


def chosen(event: str, *, wanted: str | None = None, severity: Severity = Severity.SEVERE,
           status: Status = Status.ACTUAL) -> tuple[Stroke, ...]:  # fmt: skip
    """Return the strokes for an event."""
    return choose_siren(wanted, status=status, kind=kind_of(event), severity=severity)


def strokes(on_s: int, off_s: int, times: int) -> tuple[Stroke, ...]:
    """Return one kind of stroke."""
    return (Stroke(on_ms=on_s * 1000, off_ms=off_s * 1000, times=times),)


def test_patterns_are_the_prescribed_ones() -> None:
    known = house_sirens()

    assert known["storm"].strokes == strokes(20, 10, 3)
    assert known["flood"].strokes == strokes(10, 10, 2)
    assert known["extreme"].strokes == strokes(30, 5, 5)
    assert all(siren.source for siren in known.values())


@pytest.mark.parametrize(
    ("event", "kind"),
    [("bão số 10", "storm"), ("áp thấp nhiệt đới", "storm"), ("Lũ quét", "flash_flood"),
     ("lũ trên sông Thương", "flood"), ("xả lũ hồ Cấm Sơn", "release"),
     ("sóng thần", "tsunami"), ("cháy rừng", "fire"), ("sạt lở đất", "landslide"), ("dịch sởi", "epidemic"),
     ("trẻ mất tích", "missing"), ("rò rỉ hóa chất", "other"), ("lũy tre đổ", "other"), ("", "other")],
)  # fmt: skip
def test_event_tells_its_kind(event: str, kind: str) -> None:
    assert kind_of(event).kind == kind


def test_siren_follows_the_event_and_its_severity() -> None:
    assert chosen("bão") == strokes(20, 10, 3)
    assert chosen("lũ") == strokes(10, 10, 2)
    assert chosen("lũ", severity=Severity.EXTREME) == strokes(30, 5, 5)
    assert chosen("mất tích") == ()
    assert chosen("lũ", wanted="storm") == strokes(20, 10, 3)
    assert chosen("lũ", wanted="none") == ()


def test_own_pattern_goes_before_the_houses() -> None:
    own = Siren(name="storm", title="x", strokes=strokes(5, 5, 1), source="")

    assert choose_siren(
        None, status=Status.ACTUAL, kind=kind_of("bão"), severity=Severity.SEVERE, own={"storm": own}
    ) == strokes(5, 5, 1)  # fmt: skip


@pytest.mark.parametrize("status", [s for s in Status if s is not Status.ACTUAL])
def test_only_what_is_real_has_a_siren(status: Status) -> None:
    assert chosen("bão", status=status) == ()
    with pytest.raises(SirenOnlyForReal):
        chosen("bão", status=status, wanted="storm")


def test_unknown_and_impossible_patterns_are_refused() -> None:
    with pytest.raises(UnknownSiren):
        chosen("bão", wanted="còi nhà tôi")
    for bad in ((), strokes(0, 1, 1), strokes(1, -1, 1), strokes(1, 1, 0), strokes(60, 60, 6)):
        with pytest.raises(BadSiren):
            checked(bad)


def test_storm_and_flood_are_said_every_two_hours_on_the_hour() -> None:
    rhythm = {kind.kind: (kind.repeat_every_s, kind.on_the_hour) for kind in event_kinds()}

    assert rhythm["storm"] == rhythm["flood"] == (7200, True)
    assert rhythm["fire"] == (900, False)
