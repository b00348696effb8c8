"""A relay on a pin of the box: it moves within microseconds, so the call is made in the loop itself."""

from device_agent.amplifier.port import AmplifierError
from device_agent.gpio import GpioError, Pin, Place, TakePin, take_pin


class GpioRelay:
    """The pin is taken at the first switch and held until the end."""

    def __init__(self, place: Place, *, take: TakePin = take_pin) -> None:
        self.name = f"GPIO {place.pin}"
        self._place = place
        self._take = take
        self._pin: Pin | None = None

    async def switch(self, *, on: bool) -> None:
        """Drive the pin. A pin that fails is given back, to be taken anew at the next call."""
        try:
            if self._pin is None:
                self._pin = self._take(self._place, output=True)
            self._pin.set(on=on)
        except GpioError as exc:
            await self.close()
            raise AmplifierError(str(exc)) from exc

    async def close(self) -> None:
        """Give the pin back."""
        pin, self._pin = self._pin, None
        if pin is not None:
            pin.close()
