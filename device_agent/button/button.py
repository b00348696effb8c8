"""The hamlet's button as the agent's loop knows it: its pins, its page, and what they start."""

import asyncio
from collections.abc import Awaitable, Callable

from device_agent.booking import Books, OnDisk
from device_agent.button.choose import Chosen
from device_agent.button.inputs import Inputs
from device_agent.button.memory import ButtonMemory
from device_agent.button.pressing import Pressing
from device_agent.button.server import ButtonPage
from device_agent.gpio import TakePin
from device_agent.playout.pressed import PressedAlert
from device_agent.playout.values import Moment
from device_agent.timekeeper import Timekeeper

SETTLE_EVERY_S = 5.0


class Button:
    """Off as long as the plan does not allow it, whatever is wired or served."""

    def __init__(
        self,
        chosen: Chosen,
        memory: ButtonMemory,
        *,
        place: str,
        books: Books,
        timekeeper: Timekeeper,
        moment: Callable[[], Moment],
        is_intact: Callable[[str], Awaitable[bool]],
        changed: Callable[[], None],
        on_disk: OnDisk,
        boot_id: str,
        take: TakePin,
    ) -> None:
        self._chosen = chosen
        self._pressing = Pressing(
            memory, books=books, timekeeper=timekeeper, moment=moment, is_intact=is_intact, changed=changed,
            on_disk=on_disk, boot_id=boot_id,
        )  # fmt: skip
        self._inputs = Inputs(chosen.wired, self._pressing, take=take)
        self._page = ButtonPage(chosen.page, self._pressing, place=place)

    @property
    def is_sounding(self) -> bool:
        """Return whether something that was started here sounds."""
        return self._pressing.is_sounding

    def alerts(self) -> tuple[PressedAlert, ...]:
        """Return what was started here and shall sound."""
        return self._pressing.alerts()

    async def recover(self) -> None:
        """Report what the power took; call it before the journal recovers the rest."""
        await self._pressing.recover()

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._inputs.run())
            group.create_task(self._page.run())
            group.create_task(self._keep_settling())

    def faults(self) -> tuple[str, ...]:
        """Return what keeps the button from working, for the station's page."""
        found = (self._chosen.fault, self._inputs.fault, self._page.fault)
        return tuple(f"button:{fault}" for fault in found if fault is not None)

    async def _keep_settling(self) -> None:
        while True:
            await self._pressing.settle()
            await asyncio.sleep(SETTLE_EVERY_S)
