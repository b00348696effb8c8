"""Messages: what is refused at the edge, so that nothing behind it has to ask again."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.wire.kinds import models
from tests.wire.strategies import messages_of
from wire.messages import (
    Ack,
    AlertScope,
    AlertStatus,
    AudioRef,
    Burst,
    ClockBelief,
    LiveAlert,
    PlannedAiring,
    QuietHours,
    Relay,
    Revision,
    Value,
)

revisions = st.builds(Revision, epoch=st.integers(0, 3), seq=st.integers(0, 3))
ACK = {"station": "xa", "device": "hop-1", "journal": "j", "up_to": 1, "issued_at": "2026-01-01T00:00:00Z"}


@given(st.sampled_from(models()).flatmap(messages_of))
def test_message_survives_json(message: Value) -> None:
    assert type(message).model_validate_json(message.model_dump_json(exclude_none=True)) == message


@given(st.sampled_from(models()).flatmap(messages_of))
def test_message_ignores_unknown_fields(message: Value) -> None:
    body = json.loads(message.model_dump_json()) | {"từ_tương_lai": [1, {"a": None}]}

    assert type(message).model_validate_json(json.dumps(body)) == message


@given(revisions, revisions)
def test_revision_orders_by_epoch_before_seq(one: Revision, other: Revision) -> None:
    assert (one < other) == ((one.epoch, one.seq) < (other.epoch, other.seq))
    assert (one <= other) == ((one.epoch, one.seq) <= (other.epoch, other.seq))
    assert (one > other) == (other < one)
    assert (one >= other) == (other <= one)


def test_message_is_frozen() -> None:
    ack = Ack.model_validate(ACK)

    with pytest.raises(ValidationError, match="frozen"):
        ack.up_to = 2  # type: ignore[misc]  # the point of the test: mypy refuses it as well


@pytest.mark.parametrize(
    "changed",
    [
        {"issued_at": "2026-01-01T00:00:00"},
        {"issued_at": "0001-01-01T00:00:00+07:00"},
        {"issued_at": "hôm qua"},
        {"up_to": -1},
        {"up_to": 2**53},
        {"up_to": 10**40},
        {"up_to": "một"},
        {"station": "Xã An Bình"},
        {"station": "xa\n"},
        {"device": ""},
        {"v": 2},
        {"kind": "plan"},
    ],
)
def test_ack_refuses(changed: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Ack.model_validate_json(json.dumps(ACK | changed))


def test_instant_of_another_zone_becomes_utc() -> None:
    ack = Ack.model_validate(ACK | {"issued_at": "2026-01-01T07:00:00+07:00"})

    assert ack.issued_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert '"issued_at":"2026-01-01T00:00:00Z"' in ack.model_dump_json()


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_clock_belief_refuses_what_is_no_number(number: str) -> None:
    with pytest.raises(ValidationError):
        ClockBelief.model_validate_json(f'{{"trusted": true, "offset_ms": {number}}}')


@pytest.mark.parametrize("gain", [-60.1, 12.1, float("nan")])
def test_planned_airing_refuses_a_gain_that_would_hurt(gain: float) -> None:
    audio = AudioRef(sha256="a" * 64, size_bytes=1, chunks=1, duration_ms=1)
    now = datetime(2026, 1, 1, tzinfo=UTC)

    with pytest.raises(ValidationError):
        PlannedAiring(airing_id="a", start_at=now, not_after=now, recording=audio, gain_db=gain)


@pytest.mark.parametrize("time", ["24:00", "5:00", "05:60", "0500", "05:00:00", "05:00\n"])
def test_quiet_hours_refuse_what_is_no_time_of_day(time: str) -> None:
    with pytest.raises(ValidationError):
        QuietHours(start=time, end="05:00")


AUDIO = {"sha256": "a" * 64, "size_bytes": 1, "chunks": 1, "duration_ms": 1}
RELAY = {"urls": ("https://dai.example.vn/vov1",), "duration_ms": 60_000}
AIRING = {"airing_id": "a", "start_at": "2026-01-01T00:00:00Z", "not_after": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize("sources", [{}, {"recording": AUDIO, "relay": RELAY}], ids=["neither", "both"])
def test_planned_airing_refuses_anything_but_one_source(sources: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="a recording or a relay"):
        PlannedAiring.model_validate(AIRING | sources)


@pytest.mark.parametrize("source", [{"recording": AUDIO}, {"relay": RELAY}], ids=["recording", "relay"])
def test_planned_airing_has_the_length_of_its_one_source(source: dict[str, dict[str, object]]) -> None:
    airing = PlannedAiring.model_validate(AIRING | source)

    assert airing.duration_ms == next(iter(source.values()))["duration_ms"]


@pytest.mark.parametrize(
    "url", ["ftp://dai.vn/a", "https://", "http://dai.vn/a b", "file:///etc/passwd", "http://đài.vn"]
)
def test_relay_refuses_what_is_no_address_of_a_stream(url: str) -> None:
    with pytest.raises(ValidationError):
        Relay.model_validate(RELAY | {"urls": (url,)})


@pytest.mark.parametrize("status", AlertStatus)
@pytest.mark.parametrize("scope", AlertScope)
def test_live_alert_has_a_siren_only_when_it_is_real_and_for_everybody(status: AlertStatus, scope: AlertScope) -> None:
    siren = (Burst(on_ms=3000, off_ms=1000, times=3),)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    alert = LiveAlert(
        alert_id="kc", version=1, status=status, scope=scope, event="Lũ", headline="Lũ", siren=siren,
        effective_at=now, expires_at=now,
    )  # fmt: skip

    assert alert.bursts == (siren if (status, scope) == (AlertStatus.ACTUAL, AlertScope.PUBLIC) else ())


@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00Z", "1899-12-31T23:59:59Z", "9000-01-01T00:00:00Z"])
def test_an_instant_so_near_the_end_of_the_calendar_that_counting_from_it_fails_is_refused(instant: str) -> None:
    with pytest.raises(ValidationError):
        Ack.model_validate({"station": "a", "device": "b", "journal": "j", "up_to": 1, "issued_at": instant})


def test_no_file_sounds_longer_than_a_week_and_no_stroke_is_a_click() -> None:
    with pytest.raises(ValidationError):
        AudioRef(sha256="0" * 64, size_bytes=1, chunks=1, duration_ms=7 * 86_400_000 + 1)
    with pytest.raises(ValidationError):
        Burst(on_ms=99, off_ms=0, times=1)
