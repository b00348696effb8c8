"""Documents are obeyed only when the station signed them for this box, and never when older than the newest obeyed."""

import errno
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfoNotFoundError

import pytest
from joserfc.jwk import OKPKey

from device_agent import durable
from device_agent.documents import Accepted, BadSeal, Documents, NotForUs, Outdated, UnknownTimezone, zone_of
from tests.fakes.box_sim import airing, alert
from wire import seal
from wire.messages import Alerts, LiveAlert, Plan, Revision

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
KEY = seal.new_key()


def documents(path: Path) -> Documents:
    return Documents(path, station="xa", device="loa", station_key=KEY)


def plan(seq: int, *names: str, key: OKPKey = KEY, **fields: object) -> bytes:
    values = {"station": "xa", "device": "loa", "revision": Revision(epoch=1, seq=seq), "issued_at": NOW, **fields}
    return seal.seal(Plan(airings=tuple(airing(name, NOW) for name in names), **values), key)  # type: ignore[arg-type]  # the test's own fields


def alerts(seq: int, *live: LiveAlert, epoch: int = 1, after: timedelta = timedelta(0)) -> bytes:
    revision = Revision(epoch=epoch, seq=seq)
    return seal.seal(Alerts(station="xa", revision=revision, issued_at=NOW + after, alerts=live), KEY)


def accepted_alerts(held: Documents, sealed: bytes) -> Accepted[Alerts]:
    """Obey, and store it if need be, as the box does one behind the other."""
    accepted = held.judge_alerts(sealed)
    held.store_alerts()
    return accepted


def names(held: Documents) -> list[str]:
    return [a.airing_id for a in held.plan.airings] if held.plan is not None else []


def test_a_newer_plan_replaces_an_older_one_and_survives_a_restart(tmp_path: Path) -> None:
    held = documents(tmp_path)
    held.accept_plan(plan(1, "a"))
    assert held.accept_plan(plan(2, "b")).changed
    assert names(documents(tmp_path)) == ["b"]


def test_a_replayed_plan_is_refused_also_after_a_restart(tmp_path: Path) -> None:
    old = plan(1, "a")
    held = documents(tmp_path)
    held.accept_plan(old)
    held.accept_plan(plan(2, "b"))
    for box in (held, documents(tmp_path)):
        with pytest.raises(Outdated):
            box.accept_plan(old)
        assert names(box) == ["b"]


def test_the_same_plan_again_is_harmless(tmp_path: Path) -> None:
    held = documents(tmp_path)
    held.accept_plan(plan(1, "a"))
    assert not held.accept_plan(plan(1, "a")).changed
    assert not held.accept_plan(plan(1, "a", issued_at=NOW + timedelta(hours=1))).changed


def test_another_plan_under_the_same_revision_is_refused(tmp_path: Path) -> None:
    held = documents(tmp_path)
    held.accept_plan(plan(1, "a"))
    with pytest.raises(Outdated):
        held.accept_plan(plan(1, "b"))
    assert names(held) == ["a"]


def test_a_new_epoch_wins_over_any_number(tmp_path: Path) -> None:
    held = documents(tmp_path)
    held.accept_plan(plan(900, "a"))
    assert held.accept_plan(plan(1, "b", revision=Revision(epoch=2, seq=1))).changed


@pytest.mark.parametrize(
    ("sealed", "refusal"),
    [
        (plan(9, "a", key=seal.new_key()), BadSeal),
        (b"not a jws", BadSeal),
        (plan(9, "a")[:-4], BadSeal),
        (alerts(9), BadSeal),
        (plan(9, "a", station="xa-khac"), NotForUs),
        (plan(9, "a", device="loa-khac"), NotForUs),
        (plan(9, "a", timezone="Sao/Hoa"), UnknownTimezone),
        (plan(9, "a", timezone="../../etc/passwd"), UnknownTimezone),
    ],
)
def test_what_is_not_the_stations_word_to_this_box_is_refused(
    tmp_path: Path, sealed: bytes, refusal: type[Exception]
) -> None:
    held = documents(tmp_path)
    held.accept_plan(plan(1, "a"))
    with pytest.raises(refusal):
        held.accept_plan(sealed)
    assert names(held) == ["a"]
    assert held.accept_plan(plan(2, "b")).changed, "a refused document must not raise the revision"


def test_a_box_without_a_tz_database_knows_vietnam(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(_: str) -> None:
        raise ZoneInfoNotFoundError

    monkeypatch.setattr("device_agent.documents.ZoneInfo", lost)
    assert zone_of("Asia/Ho_Chi_Minh").utcoffset(NOW) == timedelta(hours=7)
    with pytest.raises(UnknownTimezone):
        zone_of("Europe/Paris")


def test_a_plan_changed_on_the_disk_is_not_obeyed(tmp_path: Path) -> None:
    documents(tmp_path).accept_plan(plan(1, "a"))
    (tmp_path / "plan.jws").write_bytes(plan(1, "evil", key=seal.new_key()))
    assert documents(tmp_path).plan is None


def test_a_plan_lost_after_its_revision_was_stored_is_taken_again(tmp_path: Path) -> None:
    documents(tmp_path).accept_plan(plan(5, "a"))
    (tmp_path / "plan.jws").unlink()
    held = documents(tmp_path)
    with pytest.raises(Outdated):
        held.accept_plan(plan(4, "old"))
    assert held.accept_plan(plan(5, "a")).changed


def test_an_older_plan_put_back_on_the_disk_is_not_obeyed(tmp_path: Path) -> None:
    held = documents(tmp_path)
    held.accept_plan(plan(1, "a"))
    old = (tmp_path / "plan.jws").read_bytes()
    held.accept_plan(plan(2, "b"))
    (tmp_path / "plan.jws").write_bytes(old)
    assert documents(tmp_path).plan is None


def test_a_heartbeat_wears_no_card_as_long_as_it_says_the_same(tmp_path: Path) -> None:
    held = documents(tmp_path)
    accepted_alerts(held, alerts(1))
    before = (tmp_path / "alerts.jws").stat().st_mtime_ns
    for beat in range(2, 100):
        assert not accepted_alerts(held, alerts(beat, after=timedelta(seconds=30 * beat))).changed
    assert (tmp_path / "alerts.jws").stat().st_mtime_ns == before
    accepted_alerts(held, alerts(200, after=timedelta(hours=1, seconds=1)))
    assert (tmp_path / "alerts.jws").stat().st_mtime_ns > before


def test_a_heartbeat_replayed_within_the_session_is_refused(tmp_path: Path) -> None:
    held = documents(tmp_path)
    accepted_alerts(held, alerts(1))
    accepted_alerts(held, alerts(3))
    with pytest.raises(Outdated):
        accepted_alerts(held, alerts(2))


def test_after_a_power_cut_a_replayed_heartbeat_says_only_what_is_obeyed_anyway(tmp_path: Path) -> None:
    flood = alert("flood", NOW)
    held = documents(tmp_path)
    accepted_alerts(held, alerts(1, flood))
    accepted_alerts(held, alerts(2, flood))
    accepted_alerts(held, alerts(3, flood))
    again = documents(tmp_path)
    assert not accepted_alerts(again, alerts(2, flood)).changed
    assert again.alerts is not None
    assert again.alerts.alerts == (flood,)


def test_after_a_power_cut_a_cancelled_alert_cannot_be_replayed(tmp_path: Path) -> None:
    live = alerts(2, alert("flood", NOW))
    held = documents(tmp_path)
    accepted_alerts(held, live)
    accepted_alerts(held, alerts(3))
    again = documents(tmp_path)
    with pytest.raises(Outdated):
        accepted_alerts(again, live)
    assert again.alerts is not None
    assert again.alerts.alerts == ()


def test_a_document_that_cannot_be_stored_is_not_obeyed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = documents(tmp_path)
    held.accept_plan(plan(1, "a"))
    with monkeypatch.context() as full:
        full.setattr(os, "fsync", _no_space)
        with pytest.raises(OSError, match="full"):
            held.accept_plan(plan(2, "b"))
    assert names(held) == ["a"]
    assert held.accept_plan(plan(2, "b")).changed
    assert names(documents(tmp_path)) == ["b"]


def test_a_disk_that_refuses_does_not_silence_an_alert(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held, flood = documents(tmp_path), alert("flood", NOW)
    with monkeypatch.context() as full:
        full.setattr(os, "fsync", _no_space)
        assert accepted_alerts(held, alerts(1, flood)).changed
        assert held.is_behind
        held.store_alerts()
        assert held.is_behind
    held.store_alerts()
    assert not held.is_behind
    again = documents(tmp_path)
    assert again.alerts is not None
    assert again.alerts.alerts == (flood,)


def test_a_document_may_use_the_space_held_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def make_room() -> bool:
        monkeypatch.undo()
        return True

    held = Documents(tmp_path, station="xa", device="loa", station_key=KEY, make_room=make_room)
    monkeypatch.setattr(os, "fsync", _no_space)
    assert held.accept_plan(plan(1, "a")).changed


def test_the_ballast_is_taken_given_up_once_and_taken_again(tmp_path: Path) -> None:
    ballast = durable.Ballast(tmp_path / "ballast", size_bytes=100_000)
    assert ballast.take()
    assert (tmp_path / "ballast").stat().st_size == 100_000
    assert (ballast.give_up(), ballast.give_up()) == (True, False)
    assert ballast.take()


def _no_space(_descriptor: int) -> None:
    raise OSError(errno.ENOSPC, "the disk is full")
