"""A plan names only a version of the box's program for which an administrator, or the signer's console, stands."""

import pytest

from broadcaster.domain.acting import ActKind
from broadcaster.domain.permissions import Role
from tests.broadcaster.signer.test_sealing import plan
from tests.fakes.signer_room import Room
from wire import messages

WHEEL = messages.FileRef(sha256="a" * 64, size_bytes=10, chunks=1)
OTHER = WHEEL.model_copy(update={"sha256": "b" * 64})


def is_signed(room: Room, *, version: str = "2.0", wheel: messages.FileRef = WHEEL) -> bool:
    """Return whether a plan that wants this program is signed."""
    wanted = messages.WantedSettings(agent=messages.AgentRelease(version=version, wheel=wheel))
    answer = room.seal(plan(room).model_copy(update={"settings": wanted}))
    assert answer.refused in (None, "release_unknown")
    return bool(answer.sealed)


def vouch(room: Room, **more: object) -> str | None:
    """Have the release vouched for; return the code of the refusal."""
    said = {"version": "2.0", "file_sha256": WHEEL.sha256, **more}
    return room.act(ActKind.RELEASE, str(said.get("by", "hoa")), **said).refused  # type: ignore[arg-type] # fields by their names


def test_nobody_s_program_is_not_signed(room: Room) -> None:
    assert not is_signed(room)


def test_an_administrator_lets_boxes_run_exactly_this_one(room: Room) -> None:
    assert vouch(room) is None

    assert is_signed(room)
    assert not is_signed(room, version="2.1")
    assert not is_signed(room, wheel=OTHER)
    room.open()
    assert is_signed(room)
    (entry,) = [detail for _at, what, _station, detail in room.ledger.entries() if what == "release"]
    assert (entry["version"], entry["file"], entry["actor"]) == ("2.0", WHEEL.sha256, "nd-hoa")


@pytest.mark.parametrize("name", ["lan", "minh", "dung"])
def test_who_does_not_administer_does_not(room: Room, name: str) -> None:
    assert vouch(room, by=name) == "only_administrators"
    assert not is_signed(room)


@pytest.mark.parametrize("lacking", [{"version": ""}, {"file_sha256": ""}])
def test_half_a_word_is_none(room: Room, lacking: dict[str, object]) -> None:
    assert vouch(room, **lacking) == "act_refused"


def test_a_forged_word_is_none(room: Room) -> None:
    assert vouch(room, secret="a session of nobody's") == "unknown_session"
    assert not is_signed(room)


def test_an_administrator_who_was_just_brought_in_waits_a_day(room: Room) -> None:
    room.admit("moi", frozenset({Role.ADMINISTRATOR}))
    room.sign_in("moi")
    assert vouch(room, by="moi") == "still_new"
    assert not is_signed(room)

    room.clock.advance(days=1)
    room.sign_in("moi")
    assert vouch(room, by="moi") is None
    assert is_signed(room)
