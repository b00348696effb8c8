"""Puts a box together from its settings and its identity: the one on a pole, and each of a simulated village."""

import logging
import secrets
import time
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path

from device_agent import durable
from device_agent.agent import Box
from device_agent.audio_store import AudioStore
from device_agent.button.choose import choose as choose_button
from device_agent.button.memory import ButtonMemory
from device_agent.clock_memory import ClockMemory
from device_agent.documents import Documents
from device_agent.health.boots import Boots
from device_agent.hearing.memory import EarMemory
from device_agent.identity import Identity
from device_agent.journal.journal import Journal
from device_agent.lanes import own_thread
from device_agent.settings import Settings
from device_agent.timekeeper import Timekeeper, read_system_clock
from device_agent.turning import OwnThread, Turning
from device_agent.updating.install import running
from device_agent.updating.programs import Programs
from device_agent.updating.updating import Versions
from device_agent.vitality import Notifier, feed_every_s
from device_agent.workshop import (
    clear_runtime,
    make_listener,
    make_night_ear,
    make_observer,
    make_players,
    make_power,
    make_receiver,
    make_siren,
    recover_sounds,
)

log = logging.getLogger(__name__)


def assemble(
    chosen: Settings,
    me: Identity,
    *,
    version: str,
    lane: Callable[[str], Executor] = own_thread,
    turning: Callable[[], Turning] = OwnThread,
    synced: bool = True,
) -> Box:
    """Return the box of this data directory. `synced` False: its journal does not wait for the disk."""
    data = chosen.data
    recover_sounds(chosen)
    chosen = clear_runtime(chosen)
    ballast = durable.Ballast(data / "ballast", size_bytes=chosen.ballast_bytes)
    ballast.take()
    clock_memory = ClockMemory(data / "clock.json")
    timekeeper = Timekeeper(monotonic=time.monotonic, system=read_system_clock)
    if (sample := clock_memory.recall()) is not None:
        timekeeper.remember(sample)
    boots = Boots(data)
    boots.begin()
    return Box(
        identity=me,
        session=f"{_count_start(data):08d}-{secrets.token_hex(6)}",
        agent_version=version,
        players=make_players(chosen, station_time=timekeeper.instant_at),
        siren=make_siren(chosen, station_time=timekeeper.instant_at),
        documents=Documents(
            data / "documents", station=me.station, device=me.device, station_key=me.station_key,
            make_room=ballast.give_up,
        ),
        journal=Journal(data / "journal.db", make_room=ballast.give_up, synced=synced),
        store=AudioStore(data / "audio", reserve_bytes=chosen.disk_reserve_bytes),
        timekeeper=timekeeper,
        clock_memory=clock_memory,
        ballast=ballast,
        look=make_observer(chosen).look,
        boots=boots,
        power=make_power(chosen),
        notifier=Notifier(chosen.notify_socket),
        feed_every_s=feed_every_s(chosen.watchdog_us),
        audio_budget_bytes=chosen.audio_budget_bytes,
        listener=make_listener(chosen),
        night_ear=make_night_ear(chosen),
        ear_memory=EarMemory(data / "ear.json"),
        versions=Versions(
            programs=Programs(chosen.programs) if chosen.programs is not None else None, running=running(version),
            proof_s=chosen.update_proof_s,
        ),
        button=choose_button(chosen.button, chosen.button_page),
        button_memory=ButtonMemory(data / "button.json"),
        self_test_path=data / "self-test.wav",
        open_feed=make_receiver(),
        lane=lane,
        turning=turning,
    )  # fmt: skip


def _count_start(data: Path) -> int:
    """Return how often the agent was started here, this time included: sessions sort by it."""
    path = data / "starts"
    try:
        count = int(path.read_text()) + 1
    except (OSError, ValueError):
        count = 1
    try:
        durable.write(path, str(count).encode())
    except OSError as exc:
        log.warning("the start counter cannot be written: %s", exc)
    return count
