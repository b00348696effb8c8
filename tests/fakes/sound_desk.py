"""A sound desk that needs no ffmpeg: the sound is what was sent, and each byte lasts a hundred milliseconds."""

import hashlib
import io
from dataclasses import dataclass, field
from typing import BinaryIO

from broadcaster.domain.library import Details, LibraryItem, LibraryKind, LibraryState
from broadcaster.domain.sound_files import NoSoundFile, SoundFileBroken
from broadcaster.services import library
from broadcaster.services.library import TakenIn
from tests.fakes.station_world import World

BROKEN = b"broken"


@dataclass(kw_only=True)
class FakeSoundDesk:
    """Keeps what it took in."""

    files: dict[str, bytes] = field(default_factory=dict)

    def take_in(self, file: BinaryIO) -> TakenIn:
        sound = file.read()
        if not sound:
            raise NoSoundFile
        if sound.startswith(BROKEN):
            raise SoundFileBroken
        sha256 = hashlib.sha256(sound).hexdigest()
        self.files[sha256] = sound
        return TakenIn(sha256=sha256, size_bytes=len(sound), duration_ms=100 * len(sound))


def details(title: str = "Nhạc hiệu", **more: object) -> Details:
    """Return what is said of a jingle that the station made itself."""
    said: dict[str, object] = {"kind": LibraryKind.JINGLE, "language": "zxx", "rights_holder": "Đài tự thu"}
    return Details(title=title, rights_source="", **(said | more))  # type: ignore[arg-type] # passed on as they are


def uploaded(
    world: World, sound: bytes = b"ding dong", *, actor: str = "lan", title: str = "Nhạc hiệu", **more: object
) -> LibraryItem:
    """Return a new draft."""
    return library.add(
        world.office,
        actor=world.person(actor),
        details=details(title, **more),
        file=io.BytesIO(sound),
        file_name="nhac.mp3",
        take_in=FakeSoundDesk(files=world.studio.files).take_in,
    )


def approved_item(world: World, sound: bytes = b"ding dong", **more: object) -> LibraryItem:
    """Return an item that was uploaded, submitted and approved."""
    item = uploaded(world, sound, **more)  # type: ignore[arg-type] # passed on as they are
    library.submit(world.office, actor=world.person("lan"), item=item.id)
    done = library.approve(
        world.office, actor=world.person("minh"), item=item.id, recording_sha256=item.recording_sha256
    )
    assert done.state is LibraryState.APPROVED
    return done
