"""The signer as a process of its own: killed, hung, orphaned, moved in with; and asked by a hostile server."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from broadcaster.adapters import session_keys
from broadcaster.adapters.keys import StationKeys
from broadcaster.adapters.passwords import Argon2Passwords
from broadcaster.adapters.signing import requests
from broadcaster.adapters.signing.child import HUNG_AFTER
from broadcaster.adapters.signing.client import SignerClient, SignerRefuses
from broadcaster.adapters.signing.station_signer import StationSigner
from broadcaster.domain.alarm.vouching import Dossier, Part, Statement, Vouched
from broadcaster.domain.alert import as_plain, content_hash, phrase_of
from broadcaster.domain.ids import AlertId, UserId
from broadcaster.domain.permissions import Role
from broadcaster.services.office import fingerprint
from tests.fakes.signer_room import Room
from wire import messages
from wire.seal import load_key, open_sealed

pytestmark = pytest.mark.slow

STATION = "xa-hong-phong"
PARENT = """
import sys, time
from pathlib import Path
from broadcaster.adapters.signing.station_signer import StationSigner
folder = sys.argv[1]
environment = {"LOA_DATA": folder, "LOA_SIGNER_DATA": folder + "/signer"}
signer = StationSigner(Path(folder) / "signer" / "socket", environment=environment, now=None, on_back=lambda: None)
signer.start()
print(signer.pid, flush=True)
time.sleep(60)
"""


class Watched:
    """A signer as our child, and how often it came back."""

    def __init__(self, data: Path) -> None:
        self.back = 0
        self.data = data
        self.signer = StationSigner(
            data / "signer" / "socket", now=lambda: datetime.now(UTC), on_back=self._is_back,
            environment={"LOA_DATA": str(data), "LOA_SIGNER_DATA": str(data / "signer"), "LOA_LOG_LEVEL": "WARNING"},
        )  # fmt: skip
        self.client = SignerClient(data / "signer" / "socket")
        self.seq = 0

    def _is_back(self) -> None:
        self.back += 1

    def heartbeat(self, *live: messages.LiveAlert, dossiers: tuple[Dossier, ...] = ()) -> bytes:
        self.seq += 1
        revision = messages.Revision(epoch=1, seq=self.seq)
        document = messages.Alerts(station=STATION, revision=revision, issued_at=datetime.now(UTC), alerts=live)
        return self.signer.seal_alerts(document, dossiers)

    def opened(self, sealed: bytes) -> messages.Alerts:
        return open_sealed(sealed, load_key(self.signer.public_pem(STATION)), messages.Alerts)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    """A signer that has started, with a key for one station."""
    started = Watched(tmp_path)
    started.signer.start()
    started.signer.make_key(STATION)
    yield started
    started.client.close()
    started.signer.stop()


def test_a_killed_signer_comes_back_and_signs_the_next_heartbeat(watched: Watched) -> None:
    assert watched.opened(watched.heartbeat()).revision.seq == 1
    assert watched.signer.pid
    os.kill(watched.signer.pid, signal.SIGKILL)
    began = time.monotonic()
    watched.signer.watch()
    assert time.monotonic() - began < 5
    assert watched.opened(watched.heartbeat()).revision.seq == 2
    assert watched.back == 2


def test_nothing_is_signed_while_the_signer_is_dead(watched: Watched) -> None:
    assert watched.signer.pid
    os.kill(watched.signer.pid, signal.SIGKILL)
    os.waitid(os.P_PID, watched.signer.pid, os.WEXITED | os.WNOWAIT)
    assert watched.heartbeat() == b""
    assert not watched.signer.answers


def test_a_hung_signer_is_ended_and_comes_back(watched: Watched) -> None:
    first = watched.signer.pid
    assert first
    os.kill(first, signal.SIGSTOP)
    for _ in range(HUNG_AFTER + 1):
        watched.signer.watch()
    assert watched.signer.pid != first
    assert watched.opened(watched.heartbeat()).revision.seq == 1


def test_a_signer_ends_with_the_server_that_was_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE)
    assert parent.stdout
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    _wait_until(lambda: not Path(f"/proc/{pid}").exists() or _is_zombie(pid))


def test_keys_from_before_move_in_and_are_used(tmp_path: Path) -> None:
    StationKeys(tmp_path / "keys").make(STATION)
    before = StationKeys(tmp_path / "keys").public_pem(STATION)
    for _ in range(2):
        started = Watched(tmp_path)
        started.signer.start()
        assert started.signer.public_pem(STATION) == before
        started.signer.stop()
    assert not (tmp_path / "keys").exists()
    assert (tmp_path / "signer" / "keys" / f"{STATION}.pem").exists()


def test_a_signer_that_the_operator_runs_is_found_again(tmp_path: Path) -> None:
    """Nobody of ours starts it again; as soon as its own supervisor does, signing goes on."""
    ours = Watched(tmp_path)
    back: list[int] = []
    signer = StationSigner(
        tmp_path / "signer" / "socket", now=lambda: datetime.now(UTC), on_back=lambda: back.append(1), environment=None
    )
    ours.signer.start()
    signer.start()
    ours.signer.stop()
    signer.watch()
    assert (signer.answers, signer.pid) == (False, None)
    ours.signer.start()
    signer.watch()
    assert signer.answers
    assert back == [1, 1]
    signer.stop()
    ours.signer.stop()


def test_only_its_owner_looks_into_the_signers_folder(watched: Watched) -> None:
    assert (watched.data / "signer").stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in (watched.data / "signer" / "keys").iterdir())


def test_a_hostile_server_gets_no_alarm_out_of_a_real_signer(watched: Watched, room: Room) -> None:
    """With argon2, real time and a real socket: forged and single statements get nothing, two people's do."""
    passwords = Argon2Passwords()
    roles = {"lan": frozenset({Role.EDITOR}), "minh": frozenset({Role.APPROVER})}
    people = tuple(
        requests.Founder(person=f"nd-{name}", username=name, roles=each, verifier=passwords.hash(name))
        for name, each in roles.items()
    )
    watched.client.ask(requests.Found(station=STATION, people=people))
    room.clock.now = datetime.now(UTC)
    for name in roles:
        watched.client.ask(_session(name, password=name, secret=name))
    with pytest.raises(SignerRefuses):
        watched.client.ask(_session("minh", password="guess", secret="thief"))
    content = room.content()
    live = room.live(content)

    def says(name: str, part: Part, *, secret: str, at: datetime | None = None) -> Vouched:
        phrase = phrase_of(content, places="toàn xã") if part is Part.APPROVER else ""
        statement = Statement(
            station=content.station, alert=AlertId("kc-1"), content_sha256=content_hash(content),
            person=UserId(f"nd-{name}"), part=part, phrase=phrase, reason="", at=at or room.clock.now,
        )  # fmt: skip
        return session_keys.vouch_with(secret)(statement)

    author = says("lan", Part.AUTHOR, secret="lan")
    forged = (
        (),
        (author,),
        (author, says("minh", Part.APPROVER, secret="lan")),
        (author, says("minh", Part.APPROVER, secret="thief")),
        (author, says("minh", Part.APPROVER, secret="minh", at=room.clock.now - timedelta(hours=1))),
    )
    for vouched in forged:
        dossier = Dossier(alert=AlertId("kc-1"), content=as_plain(content), vouched=vouched)
        with pytest.raises(Exception, match="kc-1"):
            watched.heartbeat(live, dossiers=(dossier,))
    good = (author, says("minh", Part.APPROVER, secret="minh"))
    dossier = Dossier(alert=AlertId("kc-1"), content=as_plain(content), vouched=good)
    assert watched.opened(watched.heartbeat(live, dossiers=(dossier,))).alerts == (live,)
    assert watched.signer.pid
    os.kill(watched.signer.pid, signal.SIGKILL)
    watched.signer.watch()
    assert watched.opened(watched.heartbeat(live)).alerts == (live,)


def _session(name: str, *, password: str, secret: str) -> requests.OpenSession:
    return requests.OpenSession(
        person=f"nd-{name}", password=password, key=session_keys.public_key_of(secret), key_name=fingerprint(secret)
    )


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def _wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)
