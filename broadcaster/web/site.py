"""What the pages and the REST interface are handed: the office, and the few things that only the rim can do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from broadcaster.domain.ids import DeviceId, StationId
from broadcaster.services.devices import BrokerAccounts
from broadcaster.services.office import Office
from broadcaster.services.signing_in import Passwords


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceChoice:
    """A voice that is installed: its stable name, and what the page calls it."""

    name: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How the station's own parts are, for the page and for a monitor."""

    broker_connected: bool
    database: bool
    disk_free_bytes: int
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Loudspeaker:
    """A box of the demonstration whose sound can be listened to in the browser."""

    device: DeviceId
    sounds: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Everything a request may use. `enrol` takes (the box's JSON, its address) and returns the reply's JSON."""

    office: Office
    passwords: Passwords
    voices: Sequence[VoiceChoice]
    recording_path: Callable[[str], Path]
    make_key: Callable[[StationId], None]
    enrol: Callable[[Mapping[str, object], str], Mapping[str, object]]
    broker_accounts: BrokerAccounts
    health: Callable[[], Health]
    public_url: str
    set_up_code: str
    secure_cookies: bool = False
    loudspeakers: Callable[[], Sequence[Loudspeaker]] = field(default=tuple)

    @property
    def voice_names(self) -> tuple[str, ...]:
        return tuple(voice.name for voice in self.voices)
