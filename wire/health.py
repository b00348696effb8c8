"""How a box is: its body, its power and its line, as far as it can tell; null where it has no such sense."""

from typing import Literal

from pydantic import Field

from wire.values import Count, Instant, Value


class Heard(Value):
    """What the box's own ear says of a sound: whether what was sent came out of the horns."""

    verdict: Literal["heard", "not_heard", "unsure"]
    score: float = Field(ge=0, le=1)
    delay_ms: float | None = None
    gain_db: float | None = None
    share: float | None = Field(default=None, ge=0, le=1)


class SelfTest(Value):
    """The latest nightly self-test: chirps near the edge of hearing, and whether the ear heard them."""

    at: Instant
    heard: Heard


class Boot(Value):
    """One start of the box or its agent, and why the life before ended, as far as it can be known."""

    at: Instant | None = None
    why: Literal["power", "reboot", "watchdog", "crash", "update", "asked", "unknown"]


class Network(Value):
    """The line as the box sees it."""

    kind: Literal["ethernet", "wifi", "mobile", "unknown"] = "unknown"
    round_trip_ms: float | None = None
    reconnects: Count = 0
    signal_percent: int | None = Field(default=None, ge=0, le=100)
    operator: str | None = Field(default=None, max_length=60)
    sim: Literal["ready", "locked", "missing", "failed"] | None = None


class Health(Value):
    """The box's own state; null where the box cannot tell."""

    agent_version: str | None = None
    player: str | None = None
    uptime_s: Count | None = None
    disk_free_bytes: Count | None = None
    disk_wear_percent: int | None = Field(default=None, ge=0, le=100)
    memory_free_bytes: Count | None = None
    agent_memory_bytes: Count | None = None
    cpu_temperature_c: float | None = None
    under_voltage: bool | None = None
    throttled: bool | None = None
    mains: bool | None = None
    amplifier_on: bool | None = None
    network: Network | None = None
    boots: tuple[Boot, ...] = Field(default=(), max_length=5)
    self_test: SelfTest | None = None
    update: str | None = Field(default=None, max_length=200)
    audio_errors: tuple[str, ...] = ()
    refused_documents: Count = 0
    last_refusal: str | None = None
