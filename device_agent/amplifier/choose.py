"""Which relay switches the amplifier, from what the box's owner set."""

from device_agent.amplifier.command_relay import CommandRelay, split
from device_agent.amplifier.gpio_relay import GpioRelay
from device_agent.amplifier.port import Amplifier, AmplifierError
from device_agent.gpio import GpioError, TakePin, is_pin, place_of, take_pin

_COMMAND = "command:"


class UnknownAmplifierError(AmplifierError):
    """The setting names nothing that switches."""

    def __init__(self, setting: str) -> None:
        super().__init__(f"“{setting}” không điều khiển được âm-ly; chọn none, gpio:SỐ, gpio-low:SỐ hoặc command:LỆNH")


def choose_amplifier(setting: str | None, *, take: TakePin = take_pin) -> Amplifier | None:
    """Return what switches, None where the amplifier is always on. Raises UnknownAmplifierError.

    `gpio:17` (on pin 17), `gpio-low:17` (on when low), `gpio:/dev/gpiochip4:17`, `command:/usr/local/bin/relay 1`.
    """
    if setting is None or setting in {"", "none"}:
        return None
    try:
        if is_pin(setting):
            return GpioRelay(place_of(setting), take=take)
        words = split(setting.removeprefix(_COMMAND)) if setting.startswith(_COMMAND) else ()
    except (GpioError, ValueError) as exc:
        raise UnknownAmplifierError(setting) from exc
    if not words:
        raise UnknownAmplifierError(setting)
    return CommandRelay(words)
