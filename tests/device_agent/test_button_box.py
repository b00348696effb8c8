"""The hamlet's button on a real box: no broker, no trusted time, and still siren and words, reported once."""

import hashlib
import json
import os
import socket
import time
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest

from device_agent.sound.siren import rendered
from tests.fakes.box_process import BoxProcess, noise, samples_of, wait_until
from tests.fakes.box_station import FakeStation, audio_ref
from tests.fixtures.brokers import Mosquitto
from tests.sound import decoded, heard, likeness
from wire.messages import AudioRef, Burst, Button, Outcome, Plan, PlaybackReport, PreparedMessage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

SIREN = (Burst(on_ms=1000, off_ms=500, times=1),)
PIN = "2468"


def scrypt(pin: str) -> str:
    salt = os.urandom(16)
    return f"{salt.hex()}${hashlib.scrypt(pin.encode(), salt=salt, n=16384, r=8, p=1, dklen=32).hex()}"


def fire_plan(station: FakeStation, ref: AudioRef, *, seconds: int = 10) -> Plan:
    fire = PreparedMessage(
        message_id="chay", event="Cháy <rừng>", headline="Cháy rừng ở núi Đôi", siren=SIREN, recording=ref, times=1
    )  # fmt: skip
    button = Button(messages=("chay",), pin_scrypt=scrypt(PIN), least_interval_s=seconds)
    return station.plan(prepared=(fire,), button=button)


class Phone:
    """Whoever stands below the loudspeaker with a phone on the box's Wi-Fi."""

    def __init__(self, port: int) -> None:
        self.port = port

    def get(self, path: str = "/") -> tuple[int, str]:
        return self._ask("GET", path)

    def press(self, what: str, *, pin: str = PIN) -> tuple[int, str]:
        return self._ask("POST", "/", urlencode({"ma": pin, "tin": what}))

    def is_served(self) -> bool:
        try:
            return self.get()[0] == 200
        except OSError:
            return False

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            kind = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
            connection.request(method, path, body=body, headers=kind)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()


def port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_pressed_without_broker_and_time_it_sounds_at_once_and_is_reported_once_afterwards(
    mosquitto_broker: Mosquitto, tmp_path: Path
) -> None:
    audio = noise(tmp_path / "words.opus", seconds=2)
    ref = audio_ref(audio, 2000)
    station = FakeStation(mosquitto_broker.url, clock_shift=timedelta(hours=3))
    station.answers_clock = False  # so that the box never trusts its time
    station.enrol(tmp_path / "box")
    phone = Phone(port())
    box = BoxProcess(
        data=tmp_path / "box", sounds=tmp_path / "sounds",
        environment={"DEVICE_AGENT_BUTTON_PAGE": f"127.0.0.1:{phone.port}"},
    )  # fmt: skip
    with box.running():
        with station.on_air():
            wait_until(lambda: _answers(phone))
            assert phone.get()[0] == 503, "off as long as the plan does not allow it"
            assert phone.press("1")[0] == 503
            station.publish_audio(audio)
            station.publish_plan(fire_plan(station, ref))
            wait_until((box.data / "audio" / ref.sha256).exists)
        mosquitto_broker.kill()
        box.kill()
        box.start()
        wait_until(phone.is_served)
        assert "Cháy &lt;rừng&gt;" in phone.get()[1]
        assert "Chưa chọn tin" in phone.press("0")[1], "the Go key of a phone starts nothing"
        assert phone.press("1", pin="0000")[0] == 403
        assert box.heard() == []

        pressed_at = time.monotonic()
        status, said = phone.press("1")
        assert (status, "Loa bắt đầu phát" in said) == (200, True)
        wait_until(lambda: list(box.sounds.glob("*")), timeout_s=5)
        assert time.monotonic() - pressed_at < 2
        assert "đang phát tin vừa bấm" in phone.press("1")[1], "a second press stops nothing"
        wait_until(lambda: len(box.heard()) == 2)
        siren, words = box.heard()
        assert samples_of(siren).tobytes() == np.frombuffer(rendered(SIREN), dtype="int16").tobytes()
        assert likeness(heard(words), decoded(audio)) >= 0.95
        told = [json.loads(p.with_suffix(".json").read_text())["alert_id"] for p in (siren, words)]
        assert told[0] == told[1]
        assert told[0].startswith("nut-")
        wait_until(lambda: "Vừa có người bấm" in phone.press("1")[1], timeout_s=8)

        box.kill()  # the interval outlives the agent
        box.start()
        wait_until(phone.is_served)
        mosquitto_broker.start()
        with station.on_air():
            report = station.wait_for_report(told[0], timeout_s=30)
            time.sleep(3)
        assert (report.pressed, report.outcome, report.reason) == ("chay", Outcome.PLAYED, None)
        assert len(station.reports) == 1
        assert all(not status.clock.trusted for status in station.statuses), "or this proves nothing"


def test_the_page_stops_what_was_pressed_and_wrong_pins_close_it_over_a_restart(
    mosquitto_broker: Mosquitto, tmp_path: Path
) -> None:
    audio = noise(tmp_path / "words.opus", seconds=30)
    ref = audio_ref(audio, 30_000)
    station = FakeStation(mosquitto_broker.url)
    station.enrol(tmp_path / "box")
    phone = Phone(port())
    box = BoxProcess(
        data=tmp_path / "box", sounds=tmp_path / "sounds",
        environment={"DEVICE_AGENT_BUTTON_PAGE": f"127.0.0.1:{phone.port}"},
    )  # fmt: skip
    with box.running(), station.on_air():
        station.publish_audio(audio)
        station.publish_plan(fire_plan(station, ref))
        wait_until((box.data / "audio" / ref.sha256).exists)
        assert "Loa bắt đầu phát" in phone.press("1")[1]
        station.wait_for(
            lambda: station.status and station.status.playing and station.status.playing.part == "speech", what="words"
        )  # fmt: skip
        assert "Đã dừng phát" in phone.press("dung")[1]
        report = next(iter(_reports(station)))
        assert (report.pressed, report.outcome, report.alert_id) == ("chay", Outcome.INTERRUPTED, report.alert_id)
        assert "không phát tin nào" in phone.press("dung")[1]
        assert [phone.press("1", pin=f"000{n}")[0] for n in range(5)] == [403] * 5
        assert phone.press("1")[0] == 429, "the right one too"
        box.kill()
        box.start()
        wait_until(phone.is_served)
        assert phone.press("1")[0] == 429
        assert len(station.reports) == 1


def test_a_station_that_takes_the_button_away_silences_what_it_started(
    mosquitto_broker: Mosquitto, tmp_path: Path
) -> None:
    audio = noise(tmp_path / "words.opus", seconds=60)
    ref = audio_ref(audio, 60_000)
    station = FakeStation(mosquitto_broker.url)
    station.enrol(tmp_path / "box")
    phone = Phone(port())
    box = BoxProcess(
        data=tmp_path / "box", sounds=tmp_path / "sounds",
        environment={"DEVICE_AGENT_BUTTON_PAGE": f"127.0.0.1:{phone.port}"},
    )  # fmt: skip
    with box.running(), station.on_air():
        station.publish_audio(audio)
        allowed = fire_plan(station, ref)
        station.publish_plan(allowed)
        wait_until((box.data / "audio" / ref.sha256).exists)
        assert "Loa bắt đầu phát" in phone.press("1")[1]
        station.wait_for(
            lambda: station.status and station.status.playing and station.status.playing.part == "speech", what="words"
        )  # fmt: skip

        station.publish_plan(station.plan(prepared=allowed.prepared))

        (report,) = _reports(station)
        assert (report.pressed, report.outcome) == ("chay", Outcome.INTERRUPTED)
        assert report.played_ms < 60_000
        assert phone.get()[0] == 503
        station.wait_for(lambda: station.status and station.status.playing is None, what="silence")
        assert len(station.reports) == 1


def _reports(station: FakeStation) -> list[PlaybackReport]:
    station.wait_for(lambda: station.reports, what="the report")
    return list(station.reports.values())


def _answers(phone: Phone) -> bool:
    try:
        return phone.get()[0] in {200, 503}
    except OSError:
        return False
