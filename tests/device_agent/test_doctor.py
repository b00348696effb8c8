"""The doctor names each fault in Vietnamese, and passes a box that has none."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from broadcaster.adapters.embedded_broker import EmbeddedBroker
from device_agent import identity
from device_agent.__main__ import EXIT_FAULT, main
from device_agent.doctor import Finding, examine
from device_agent.hearing.choose import NO_NUMPY
from device_agent.hearing.nothing import NoEar
from device_agent.only_one import is_running, only_one
from device_agent.settings import PlayerKind, Settings
from device_agent.timekeeper import SystemClock
from device_agent.workshop import (
    button_fault,
    ear_fault,
    mains_fault,
    make_listener,
    make_observer,
    make_power,
    power_fault,
    sound_fault,
)
from tests.fixtures.brokers import Mosquitto
from wire import seal
from wire.enrolment import BrokerAccount, EnrolReply

GOOD_CLOCK = SystemClock(unix_s=1.8e9, error_ms=3.0)


def enrolled(data: Path, url: str, *, account: BrokerAccount | None = None) -> None:
    reply = EnrolReply(
        station="xa", device="loa-01", cluster="Cụm loa đình", hamlet="Thôn Đoài",
        station_key_pem=seal.public_pem(seal.new_key()), broker=account or BrokerAccount(url=url),
    )  # fmt: skip
    identity.store(data, reply, key=seal.new_key())


def findings(data: Path, *, clock: SystemClock = GOOD_CLOCK, sound: str | None = None) -> tuple[Finding, ...]:
    settings = Settings(data=data, player=PlayerKind.WAV, disk_reserve_bytes=0)
    return examine(settings, system_clock=clock, check_sound=lambda: sound)


def faults(found: tuple[Finding, ...]) -> list[str]:
    return [finding.text for finding in found if finding.good is False]


def test_a_sound_box_has_no_fault(tmp_path: Path, embedded_broker: EmbeddedBroker) -> None:
    enrolled(tmp_path, embedded_broker.url)
    assert faults(findings(tmp_path)) == []


@pytest.mark.slow
def test_a_broker_that_does_not_know_the_account(tmp_path: Path, mosquitto_tls: Mosquitto) -> None:
    account = BrokerAccount(
        url=f"mqtts://127.0.0.1:{mosquitto_tls.port}", username="loa-01", password="wrong", ca_pem=mosquitto_tls.ca_pem
    )
    enrolled(tmp_path, account.url, account=account)
    assert any("từ chối tài khoản" in text for text in faults(findings(tmp_path)))
    enrolled(tmp_path, account.url, account=account.model_copy(update={"ca_pem": None}))
    assert any("TLS" in text for text in faults(findings(tmp_path)))


def test_a_box_that_is_not_enrolled(tmp_path: Path) -> None:
    assert any("chưa được ghép" in text for text in faults(findings(tmp_path)))


def test_a_broker_that_refuses(tmp_path: Path, free_port: int) -> None:
    enrolled(tmp_path, f"mqtt://127.0.0.1:{free_port}")
    assert any("Không kết nối được với máy chủ MQTT" in text for text in faults(findings(tmp_path)))


def test_a_sound_fault_is_passed_on(tmp_path: Path) -> None:
    assert any("không tìm thấy card" in text for text in faults(findings(tmp_path, sound="không tìm thấy card")))


@pytest.mark.parametrize(
    ("clock", "said"),
    [
        (SystemClock(unix_s=1.8e9, error_ms=None), "chưa đồng bộ"),
        (SystemClock(unix_s=100.0, error_ms=None), "sai hẳn"),
        (GOOD_CLOCK, "đã đồng bộ"),
    ],
)
def test_the_clock_is_told_and_is_no_fault(tmp_path: Path, clock: SystemClock, said: str) -> None:
    found = findings(tmp_path, clock=clock)
    assert any(said in finding.text for finding in found)
    assert not any("ồng hồ" in text for text in faults(found))


def test_the_command_ends_with_a_code_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--data", str(tmp_path / "nowhere")]) == EXIT_FAULT
    assert "HỎNG" in capsys.readouterr().err


@pytest.mark.parametrize("part", ["amplifier", "mains"])
def test_a_part_that_was_chosen_is_looked_at_and_no_part_is_no_news(tmp_path: Path, part: str) -> None:
    word = {"amplifier": "Rơ-le âm-ly", "mains": "điện lưới"}[part]

    def texts(chosen: str | None, fault: str | None) -> list[tuple[bool | None, str]]:
        parts: dict[str, Any] = {part: chosen}
        settings = replace(Settings(data=tmp_path, player=PlayerKind.WAV), **parts)
        found = examine(
            settings, system_clock=GOOD_CLOCK, check_sound=lambda: None, check_power=lambda: fault,
            check_mains=lambda: fault,
        )  # fmt: skip
        return [(finding.good, finding.text) for finding in found if word in finding.text]

    assert texts(None, "hỏng") == texts("none", "hỏng") == []
    ((good, text),) = texts("gpio:17", None)
    assert good
    assert "gpio:17" in text
    ((good, text),) = texts("gpio:17", "chân 17 bận")
    assert good is False
    assert "chân 17 bận" in text


def test_a_part_that_cannot_be_had_is_a_fault_and_stops_nothing(tmp_path: Path) -> None:
    wrong = Settings(data=tmp_path, amplifier="jack", mains="gpio:x")

    assert "“jack”" in (power_fault(wrong) or "")
    assert "“gpio:x”" in (mains_fault(wrong) or "")
    assert make_power(wrong).fault == power_fault(wrong)
    assert make_observer(wrong).look().mains is None
    assert "không đọc được file:/nowhere" in (mains_fault(Settings(data=tmp_path, mains="file:/nowhere")) or "")
    assert power_fault(Settings(data=tmp_path)) is None
    assert mains_fault(Settings(data=tmp_path)) is None


def test_a_box_that_runs_is_left_to_its_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A technician calls the doctor while the agent holds the pins, and perhaps while an alarm sounds."""
    monkeypatch.chdir(tmp_path)  # the relay's program takes "off" for a file of its own
    enrolled(tmp_path, "mqtt://127.0.0.1:1")
    switched = tmp_path / "switched"
    wired = replace(
        Settings(data=tmp_path, player=PlayerKind.NULL), amplifier=f"command:/usr/bin/touch {switched}",
        mains="gpio:27", button="gpiochip0/23:1",
    )  # fmt: skip
    at_rest = [mains_fault(wired), button_fault(wired), power_fault(wired)]
    assert all(fault is not None for fault in at_rest[:2]), "no pins here: at rest each would be a fault"
    for left in tmp_path.glob("switched*"):
        left.unlink()

    assert not is_running(tmp_path)
    with only_one(tmp_path):
        assert is_running(tmp_path)
        assert [fault(wired, is_held=True) for fault in (mains_fault, button_fault, power_fault)] == [None] * 3
        main(["doctor", "--data", str(tmp_path)])

    assert not any(tmp_path.glob("switched*"))
    assert "device-agent đang chạy." in capsys.readouterr().err
    held = examine(wired, system_clock=GOOD_CLOCK, is_running=True, check_sound=lambda: None)
    assert [finding.good for finding in held if "giữ phần này" in finding.text] == [None, None, None]
    wrong = replace(wired, mains="gpio:x", button="x", amplifier="jack")
    assert all(fault(wrong, is_held=True) for fault in (mains_fault, button_fault, power_fault))


def test_what_cannot_be_looked_at_is_a_finding_and_no_traceback(tmp_path: Path) -> None:
    no_name = tmp_path / ("x" * 300)
    assert any("Không xem được" in text for text in faults(findings(no_name)))
    (tmp_path / "identity.json").mkdir()
    assert any("bị hỏng" in text and "Error" not in text for text in faults(findings(tmp_path)))
    (tmp_path / "sounds").write_text("a file")
    wav = Settings(data=tmp_path, player=PlayerKind.WAV)
    assert "không tạo được thư mục âm thanh" in (sound_fault(wav) or "")


def test_a_box_that_does_not_run_is_told_how_to(tmp_path: Path) -> None:
    enrolled(tmp_path, "mqtt://127.0.0.1:1")
    found = examine(
        Settings(data=tmp_path, player=PlayerKind.NULL), system_clock=GOOD_CLOCK, is_running=False,
        check_sound=lambda: None,
    )  # fmt: skip
    assert [f.good for f in found if "systemctl restart device-agent" in f.text] == [None]


def test_an_ear_that_was_chosen_is_looked_at_and_no_ear_is_no_news(tmp_path: Path) -> None:
    def texts(ear: str | None, fault: str | None) -> list[tuple[bool | None, str]]:
        settings = Settings(data=tmp_path, player=PlayerKind.WAV, ear=ear)
        found = examine(settings, system_clock=GOOD_CLOCK, check_sound=lambda: None, check_ear=lambda: fault)
        return [(finding.good, finding.text) for finding in found if "Tai nghe" in finding.text]

    assert texts(None, "hỏng") == texts("none", "hỏng") == []
    assert texts("pulse", None) == [(True, "Tai nghe kiểm tra (pulse) thu được tiếng.")]
    ((good, text),) = texts("pulse", NO_NUMPY)
    assert good is False
    assert "chưa cài thư viện numpy" in text


def test_an_ear_that_does_not_exist_is_a_fault_and_stops_nothing(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, ear="jack")

    assert "“jack”" in (ear_fault(settings) or "")
    listener = make_listener(settings)
    assert isinstance(listener, NoEar)
    assert listener.is_fault
    assert ear_fault(Settings(data=tmp_path)) is None


@pytest.mark.parametrize("broker", ["mqtt://127.0.0.1:{port}", "mqtt://khong-co.invalid:1883"])
def test_every_fault_says_what_to_do_and_speaks_no_english(tmp_path: Path, free_port: int, broker: str) -> None:
    enrolled(tmp_path, broker.format(port=free_port))
    wanted = Settings(data=tmp_path, player=PlayerKind.WAV, ear="alsa:x", mains="gpio:x", disk_reserve_bytes=1 << 60)
    found = examine(
        wanted, system_clock=GOOD_CLOCK, check_sound=lambda: "không mở được thiết bị âm thanh",
        check_ear=lambda: "không thu được", check_mains=lambda: "không đọc được",
    )  # fmt: skip
    told = faults(found)

    assert len(told) == 5
    assert [text for text in told if "ãy " not in text] == []
    assert [text for text in told if "refused" in text or "known" in text or "No such" in text] == []
