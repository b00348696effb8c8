"""Every MQTT topic of the protocol, built and parsed in this one place."""

import re
from dataclasses import dataclass
from enum import StrEnum

ROOT = "loa/v1"
AUDIO = "audio"  # never the name of a box: every box of the station may read what stands below it
_SLUG = r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?"


class TopicError(ValueError):
    """The text is no topic of this protocol."""

    def __init__(self, topic: str) -> None:
        super().__init__(f"not a topic of {ROOT}: {topic[:200]!r}")


class DeviceTopic(StrEnum):
    """The topics that belong to one box."""

    PLAN = "plan"
    STATUS = "status"
    REPORT = "report"
    ACK = "ack"
    CLOCK = "clock"


UPWARD = frozenset({DeviceTopic.STATUS, DeviceTopic.REPORT, DeviceTopic.CLOCK})
DOWNWARD = frozenset({DeviceTopic.PLAN, DeviceTopic.ACK, DeviceTopic.CLOCK})


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsAddress:
    station: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAddress:
    station: str
    device: str
    topic: DeviceTopic


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkAddress:
    station: str
    sha256: str
    number: int


Address = AlertsAddress | DeviceAddress | ChunkAddress


def alerts(station: str) -> str:
    """Return the topic of the station's live alerts and heartbeat. Raises TopicError for a bad name, like all here."""
    return _checked(f"{ROOT}/{station}/alerts")


def of_device(station: str, device: str, topic: DeviceTopic) -> str:
    """Return one of a box's own topics."""
    return _checked(f"{ROOT}/{station}/{device}/{topic.value}")


def of_every_device(topic: DeviceTopic) -> str:
    """Return the server's filter for that topic of every box of every station."""
    return f"{ROOT}/+/+/{topic.value}"


def chunk(station: str, sha256: str, number: int) -> str:
    """Return the topic of chunk `number` (from 0) of an audio file."""
    return _checked(f"{ROOT}/{station}/{AUDIO}/{sha256}/{number}")


def every_chunk(station: str) -> str:
    """Return the filter for all audio of a station: what a box's account may read."""
    return f"{alerts(station).removesuffix('/alerts')}/{AUDIO}/#"


def client_id(station: str, device: str) -> str:
    """Return a box's MQTT client identifier, which is its broker account's name too.

    Neither half can hold a dot, so no two boxes share one; the broker binds the account to it, so that no box can
    take over another's session.
    """
    of_device(station, device, DeviceTopic.STATUS)
    return f"{station}.{device}"


def parse(topic: str) -> Address:
    """Return what a topic addresses. Raises TopicError for anything else."""
    if match := _ALERTS.fullmatch(topic):
        return AlertsAddress(station=match["station"])
    if match := _CHUNK.fullmatch(topic):
        return ChunkAddress(station=match["station"], sha256=match["sha256"], number=int(match["number"]))
    if match := _DEVICE.fullmatch(topic):
        return DeviceAddress(station=match["station"], device=match["device"], topic=DeviceTopic(match["topic"]))
    raise TopicError(topic)


def _checked(topic: str) -> str:
    parse(topic)
    return topic


_ALERTS = re.compile(rf"{ROOT}/(?P<station>{_SLUG})/alerts")
_CHUNK = re.compile(rf"{ROOT}/(?P<station>{_SLUG})/{AUDIO}/(?P<sha256>[0-9a-f]{{64}})/(?P<number>0|[1-9][0-9]{{0,3}})")
_DEVICE = re.compile(rf"{ROOT}/(?P<station>{_SLUG})/(?!{AUDIO}/)(?P<device>{_SLUG})/(?P<topic>{'|'.join(DeviceTopic)})")
