"""The doctor names each fault in Vietnamese, and passes a box that has none."""

import shutil
from pathlib import Path

import pytest

from broadcaster.adapters.embedded_broker import EmbeddedBroker
from device_agent import identity
from device_agent.__main__ import EXIT_FAULT, main
from device_agent.doctor import Finding, examine
from device_agent.health import look
from device_agent.hearing.choose import NO_NUMPY
from device_agent.hearing.nothing import NoEar
from device_agent.settings import PlayerKind, Settings
from device_agent.timekeeper import SystemClock
from device_agent.workshop import ear_fault, make_listener
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


def test_the_body_is_read_from_where_linux_shows_it(tmp_path: Path) -> None:
    thermal, sensor = tmp_path / "sys/class/thermal/thermal_zone0", tmp_path / "sys/class/hwmon/hwmon1"
    thermal.mkdir(parents=True)
    sensor.mkdir(parents=True)
    (thermal / "temp").write_text("61350\n")
    (sensor / "name").write_text("rpi_volt\n")
    (sensor / "in0_lcrit_alarm").write_text("1\n")
    body = look(tmp_path, root=tmp_path)
    assert (body.cpu_temperature_c, body.under_voltage) == (61.4, True)
    assert body.disk_free_bytes is not None
    assert abs(body.disk_free_bytes - shutil.disk_usage(tmp_path).free) < 1 << 30


def test_a_body_without_senses_says_nothing(tmp_path: Path) -> None:
    body = look(tmp_path / "gone", root=tmp_path)
    assert (body.cpu_temperature_c, body.under_voltage, body.disk_free_bytes) == (None, None, None)


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
