"""Settings come from the environment, and what cannot be understood is refused in a sentence."""

from pathlib import Path

import pytest

from device_agent.settings import PlayerKind, SettingsError, load


def test_defaults_are_a_real_box() -> None:
    settings = load({"STATE_DIRECTORY": "/var/lib/device-agent"})
    assert (settings.data, settings.player) == (Path("/var/lib/device-agent"), PlayerKind.MPV)


def test_the_environment_is_read() -> None:
    settings = load(
        {"DEVICE_AGENT_DATA": "/data", "DEVICE_AGENT_PLAYER": "wav", "DEVICE_AGENT_SOUNDS": "/sounds",
         "DEVICE_AGENT_AUDIO_BUDGET_MB": "10", "DEVICE_AGENT_LOG_LEVEL": "debug",
         "DEVICE_AGENT_EAR": "pulse-line:loa.monitor"}
    )  # fmt: skip
    assert (settings.ear, load({}).ear) == ("pulse-line:loa.monitor", None)
    assert (settings.data, settings.player, settings.sounds) == (Path("/data"), PlayerKind.WAV, Path("/sounds"))
    assert (settings.audio_budget_bytes, settings.log_level) == (10 * 1024 * 1024, "DEBUG")


@pytest.mark.parametrize(
    ("name", "value"),
    [("PLAYER", "gramophone"), ("LOG_LEVEL", "LOUD"), ("AUDIO_BUDGET_MB", "much"), ("DISK_RESERVE_MB", "-1"),
     ("AMPLIFIER_WARM_UP_MS", "15000"), ("AMPLIFIER_HOLD_S", "nan")],
)  # fmt: skip
def test_nonsense_is_refused(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load({f"DEVICE_AGENT_{name}": value})


def test_the_amplifier_is_set() -> None:
    settings = load(
        {"DEVICE_AGENT_AMPLIFIER": "gpio:17", "DEVICE_AGENT_AMPLIFIER_WARM_UP_MS": "2500",
         "DEVICE_AGENT_AMPLIFIER_HOLD_S": "20", "DEVICE_AGENT_MAINS": "gpio-low:27"}
    )  # fmt: skip
    assert (settings.amplifier, settings.amplifier_warm_up_ms, settings.amplifier_hold_s) == ("gpio:17", 2500.0, 20.0)
    assert settings.mains == "gpio-low:27"
    assert (load({}).amplifier, load({}).amplifier_warm_up_ms, load({}).mains) == (None, 1500.0, None)
