"""What a box is made of, as the composition root puts it together."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from device_agent.amplifier.power import Power
from device_agent.audio_store import AudioStore
from device_agent.button.choose import Chosen
from device_agent.button.memory import ButtonMemory
from device_agent.clock_memory import ClockMemory
from device_agent.documents import Documents
from device_agent.durable import Ballast
from device_agent.gpio import TakePin, take_pin
from device_agent.health.boots import Boots
from device_agent.hearing.memory import EarMemory
from device_agent.hearing.nothing import NoEar
from device_agent.identity import Identity
from device_agent.journal.journal import Journal
from device_agent.lanes import own_thread
from device_agent.sound.port import Player
from device_agent.stage.relays import OpenFeed, no_streams
from device_agent.timekeeper import Timekeeper
from device_agent.turning import OwnThread, Turning
from device_agent.updating.updating import Versions
from device_agent.vitality import Notifier
from device_agent.wellbeing import Look

if TYPE_CHECKING:
    from device_agent.hearing.listener import Listener
    from device_agent.hearing.night import NightEar


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """What a box is made of, as the composition root puts it together. `session` sorts after every earlier one.

    `lane` makes an executor, by its name, that makes one call at a time; `turning` what turns the MQTT client.
    """

    identity: Identity
    session: str
    agent_version: str
    players: tuple[Player, ...]
    documents: Documents
    journal: Journal
    store: AudioStore
    timekeeper: Timekeeper
    clock_memory: ClockMemory
    ballast: Ballast
    look: Look
    boots: Boots
    ear_memory: EarMemory
    self_test_path: Path
    button_memory: ButtonMemory
    notifier: Notifier
    feed_every_s: float
    versions: Versions
    audio_budget_bytes: int
    listener: "Listener | NoEar | None" = None
    night_ear: "NightEar | None" = None
    power: Power = field(default_factory=Power)
    button: Chosen = field(default_factory=Chosen)
    take_pin: TakePin = take_pin
    open_feed: OpenFeed = no_streams
    siren: Player | None = None
    lane: Callable[[str], Executor] = own_thread
    turning: Callable[[], Turning] = OwnThread
