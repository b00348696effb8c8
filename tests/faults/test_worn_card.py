"""A memory card that takes nothing more: the box comes up on it all the same, and warns; it claims nothing."""

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from broadcaster.adapters.embedded_broker import EmbeddedBroker
from tests.fakes.box_process import BoxProcess, noise, wait_until
from tests.fakes.box_station import FakeStation, audio_ref
from wire.messages import AlertStatus, Burst, LiveAlert, PlannedAiring

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(120),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file system read-only"),
]


SIREN = (Burst(on_ms=500, off_ms=100, times=1),)


def on_a_card_that_takes_nothing(command: list[str], *, card: Path) -> list[str]:
    """Return the command with a mount table of its own, in which that folder cannot be written."""
    script = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
    return ["unshare", "--mount", "sh", "-c", script, str(card), *command]


def test_a_box_on_a_card_that_takes_nothing_more_still_warns(embedded_broker: EmbeddedBroker, tmp_path: Path) -> None:
    audio = noise(tmp_path / "words.opus", seconds=2)
    card, sounds = tmp_path / "box", tmp_path / "sounds"
    with FakeStation(embedded_broker.url).on_air() as station:
        station.enrol(card)
        station.publish_alerts()
        station.publish_audio(audio)
        at = station.now() + timedelta(seconds=30)
        soon = PlannedAiring(
            airing_id="soon", start_at=at, not_after=at + timedelta(seconds=60), recording=audio_ref(audio, 2000)
        )  # fmt: skip
        station.publish_plan(station.plan(soon))
        with BoxProcess(data=card, sounds=sounds).running() as healthy:
            wait_until((card / "audio" / audio_ref(audio, 0).sha256).exists, timeout_s=30)
            healthy.terminate()
        before = {path: path.read_bytes() for path in card.glob("*.json")}
        sounds.mkdir(exist_ok=True)

        worn = BoxProcess(
            data=card, sounds=sounds, wrap=lambda command: on_a_card_that_takes_nothing(command, card=card)
        )  # fmt: skip
        with worn.running():
            station.wait_for(lambda: station.status and station.status.clock.trusted, timeout_s=30, what="its time")
            now = station.now()
            flood = LiveAlert(
                alert_id="lu", version=1, status=AlertStatus.ACTUAL, event="lũ", headline="Lũ", siren=SIREN,
                recording=audio_ref(audio, 2000), times=1, effective_at=now, expires_at=now + timedelta(minutes=9),
            )  # fmt: skip
            station.publish_alerts(flood)
            wait_until(lambda: len(worn.heard()) == 2, timeout_s=30)
            station.wait_for(
                lambda: station.status and "journal_unwritable" in station.status.health.audio_errors,
                timeout_s=30, what="the word that nothing can be written",
            )  # fmt: skip
            wait_until(lambda: station.now() > at + timedelta(seconds=3), timeout_s=60)
            assert worn.is_alive

    told = [json.loads(path.with_suffix(".json").read_text()) for path in worn.heard()]
    assert [(one.get("alert_id"), one.get("airing_id")) for one in told] == [("lu", None), ("lu", None)]
    assert {path: path.read_bytes() for path in card.glob("*.json")} == before, "or this proves nothing"
    assert station.report_of("soon") is None, "nothing is claimed of what cannot be written down"
