"""Which ear a box has, from what its owner set. Where numpy is not installed the box is deaf, and says so."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING

from device_agent.hearing.arecord import ArecordEar
from device_agent.hearing.nothing import NoEar
from device_agent.hearing.parec import ParecEar
from device_agent.hearing.port import Ear, EarError

if TYPE_CHECKING:
    from device_agent.hearing.listener import Listener
    from device_agent.hearing.night import NightEar

NIGHT_RATE, SPEECH_RATE = 48_000, 8_000
NO_NUMPY = "chưa cài thư viện numpy (cài bằng: pip install 'commune-broadcaster[hearing]')"


class UnknownEarError(EarError):
    """The setting names no kind of ear."""

    def __init__(self, setting: str) -> None:
        super().__init__(f"“{setting}” không phải là tai nghe nào; chọn none, pulse, pulse-line, alsa hoặc alsa-line")


def choose_ear(
    setting: str | None, *, monotonic: Callable[[], float], pulse_server: str | None = None, at_night: bool = False
) -> Ear:
    """Return the ear that `setting` names, `at_night` one that hears the self-test's sweeps. Raises UnknownEarError.

    `none`, `pulse`, `pulse:SOURCE`, `alsa:DEVICE`; with `-line` after the kind for a tap on the wire to the horns,
    where zeros are silence and no broken microphone.
    """
    if setting is None or setting in {"", "none"}:
        return NoEar()
    kind, _, where = setting.partition(":")
    is_line = kind.endswith("-line")
    match kind.removesuffix("-line"):
        case "pulse":
            rate = NIGHT_RATE if at_night else SPEECH_RATE
            return ParecEar(
                where or None, monotonic=monotonic, void_is_silence=is_line, server=pulse_server, rate=rate
            )  # fmt: skip
        case "alsa":
            return ArecordEar(where or "default", monotonic=monotonic, void_is_silence=is_line)  # at 48 kHz always
    raise UnknownEarError(setting)


def listener_for(
    ear: Ear, *, ffmpeg: Callable[[], str], has_numpy: Callable[[], bool] | None = None
) -> "Listener | NoEar":
    """Return what listens with `ear`, or why nothing can."""
    if isinstance(ear, NoEar):
        return ear
    if not (has_numpy or _has_numpy)():
        return NoEar(NO_NUMPY, is_fault=True)
    from device_agent.hearing.listener import Listener  # numpy's 16 MB are for boxes that have an ear

    return Listener(ear, ffmpeg=ffmpeg)


def night_ear_for(ear: Ear, *, has_numpy: Callable[[], bool] | None = None) -> "NightEar | None":
    """Return what hears the self-test with `ear`, None where nothing can."""
    if isinstance(ear, NoEar) or not (has_numpy or _has_numpy)():
        return None
    from device_agent.hearing.night import NightEar  # as above

    return NightEar(ear)


def _has_numpy() -> bool:
    return find_spec("numpy") is not None
