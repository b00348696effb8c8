"""What the pages and the REST interface are handed: the office, and the few things that only the rim can do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from broadcaster.domain.acting import SignAct
from broadcaster.domain.alarm.vouching import Vouch
from broadcaster.domain.ids import DeviceId, StationId
from broadcaster.domain.rehearsal.values import Probe
from broadcaster.services.cap.intake import CheckSignature, no_checker
from broadcaster.services.devices import BrokerAccounts
from broadcaster.services.library import TakeIn, no_sound_desk
from broadcaster.services.office import Office
from broadcaster.services.records.report_sheet import Paper
from broadcaster.services.rehearsal.rehearsing import Rehearsals, unheard
from broadcaster.services.signing_in import Passwords
from broadcaster.services.telling import Messages


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
    signer: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Loudspeaker:
    """A box of the demonstration whose sound can be listened to in the browser."""

    device: DeviceId
    sounds: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Everything a request may use. `enrol` takes (the box's JSON, its address) and returns the reply's JSON.

    `vouch_with` and `act_with` take a session's or token's secret and return what signs for whoever holds it.
    """

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
    vouch_with: Callable[[str], Vouch]
    act_with: Callable[[str], SignAct]
    messages: Messages
    secure_cookies: bool = False
    loudspeakers: Callable[[], Sequence[Loudspeaker]] = field(default=tuple)
    take_in_sound: TakeIn = no_sound_desk
    report_files: Mapping[str, Callable[[Paper], bytes]] = field(default_factory=dict)
    check_signature: CheckSignature = no_checker
    rehearsals: Rehearsals | None = None
    probes: Callable[[], Mapping[str, Probe]] = unheard

    @property
    def voice_names(self) -> tuple[str, ...]:
        return tuple(voice.name for voice in self.voices)
