"""Listening to the demonstration's loudspeakers: the growing file is followed to its end, nothing else is given out."""

import asyncio
import json
from pathlib import Path

from broadcaster.web.app import create_app
from broadcaster.web.pages.demo import follow_file
from broadcaster.web.site import Loudspeaker
from tests.broadcaster.web.client import TestClient
from tests.broadcaster.web.conftest import site_on
from tests.broadcaster.web.visitor import Visitor
from tests.fakes.station_world import World, open_neighbour

STRETCH = "20260302T010000.000000Z"


def _listener(world: World, folder: Path, *, of: World | None = None) -> tuple[Visitor, str, Path]:
    box = (of or world).enrol()
    sounds = folder / "sounds"
    sounds.mkdir()
    site = site_on(world.database, folder, clock=world.clock, loudspeakers=(Loudspeaker(device=box.id, sounds=sounds),))
    visitor = Visitor(TestClient(create_app(site))).sign_in(world.username("lan"))
    return visitor, box.id, sounds


def test_what_sounds_and_what_sounded_is_shown(sqlite_world: World, tmp_path: Path) -> None:
    airing = sqlite_world.plan(sqlite_world.approved(title="Tin chiều"))
    visitor, box, sounds = _listener(sqlite_world, tmp_path)
    assert "Đang im lặng." in visitor.open("/nghe").text
    (sounds / f"{STRETCH}.wav").write_bytes(b"RIFF")
    (sounds / f"{STRETCH}.json").write_text(
        json.dumps(
            {"airing_id": airing.id, "first_frame_at": "2026-03-02T01:00:00Z", "frames": 480_000, "rate": 48_000}
        )
    )
    (sounds / "live.wav.part").write_bytes(b"RIFF")
    (sounds / "live.json.part").write_text(
        json.dumps({"airing_id": airing.id, "first_frame_at": "2026-03-02T01:02:03Z"})
    )

    page = visitor.open("/nghe")

    assert "Tin chiều" in page.text
    assert "08:00:00, thứ Hai 02/03/2026 · 10 giây" in page.text
    assert f"/nghe/{box}/truc-tiep.wav?tu=20260302010203" in page.text
    assert visitor.client.get(f"/nghe/{box}/{STRETCH}.wav").content == b"RIFF"


def test_half_written_description_is_no_fault(sqlite_world: World, tmp_path: Path) -> None:
    visitor, _, sounds = _listener(sqlite_world, tmp_path)
    (sounds / "live.wav.part").write_bytes(b"RIFF")
    (sounds / "live.json.part").write_text('{"airing_id": ')
    (sounds / f"{STRETCH}.wav").write_bytes(b"RIFF")
    (sounds / f"{STRETCH}.json").write_text('["x"]')

    assert visitor.open("/nghe").status_code == 200


def test_no_other_file_is_given_out(sqlite_world: World, tmp_path: Path) -> None:
    visitor, box, sounds = _listener(sqlite_world, tmp_path)
    (sounds.parent / "secret.wav").write_bytes(b"secret")
    (sounds / "other.wav").write_bytes(b"other")

    for name in ("other", "..%2fsecret", "%2e%2e%2fsecret", STRETCH, "truc-tiep"):
        assert visitor.client.get(f"/nghe/{box}/{name}.wav").status_code == 404
    assert visitor.client.get(f"/nghe/loa-2222222222/{STRETCH}.wav").status_code == 404


def test_loudspeakers_of_another_station_are_not_heard(sqlite_world: World, tmp_path: Path) -> None:
    visitor, box, sounds = _listener(sqlite_world, tmp_path, of=open_neighbour(sqlite_world))
    (sounds / f"{STRETCH}.wav").write_bytes(b"RIFF")

    assert box not in visitor.open("/nghe").text
    assert visitor.client.get(f"/nghe/{box}/{STRETCH}.wav").status_code == 404


def test_without_loudspeakers_there_is_no_such_page(arrives) -> None:  # type: ignore[no-untyped-def] # a fixture
    visitor = arrives("lan")

    assert visitor.open("/nghe").status_code == 404
    assert 'href="/nghe"' not in visitor.open("/").text


def test_growing_file_is_followed_until_it_is_finished(tmp_path: Path) -> None:
    path = tmp_path / "live.wav.part"
    path.write_bytes(b"one")

    async def follow() -> list[bytes]:
        heard = []
        async for block in follow_file(path, look_every_s=0.0):
            heard.append(block)
            if len(heard) == 1:
                with path.open("ab") as file:
                    file.write(b"two")
            elif len(heard) == 2:
                with path.open("ab") as file:
                    file.write(b"three")
                path.rename(tmp_path / "done.wav")
                path.write_bytes(b"the next stretch")
        return heard

    assert b"".join(asyncio.run(follow())) == b"onetwothree"


def test_file_that_is_gone_is_silence(tmp_path: Path) -> None:
    async def follow() -> list[bytes]:
        return [block async for block in follow_file(tmp_path / "none.part")]

    assert asyncio.run(follow()) == []
