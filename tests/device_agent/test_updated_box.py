"""A real box under a real launcher is offered real wheels: a good one stays, bad ones go back and are told of."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from broadcaster.adapters.embedded_broker import EmbeddedBroker
from tests.fakes.box_station import FakeStation, audio_ref
from tests.fakes.wheels import wheel
from wire.messages import AgentRelease, FileRef, Health, WantedSettings

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

DIES = {"device_agent/__main__.py": ("    options = _parser().parse_args(arguments)\n", "    return 1\n")}
DEAF = {"device_agent/link.py": ("connect_async(host, port,", 'connect_async("127.0.0.1", 1,')}


@dataclass(kw_only=True)
class Supervised:
    """The launcher, started again whenever it ends, as systemd does; ended by its own process id."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    starts: int = 0
    _process: "subprocess.Popen[bytes] | None" = None
    _is_over: bool = False

    @property
    def programs(self) -> Path:
        return self.folder / "programs"

    @property
    def log(self) -> str:
        path = self.folder / "test.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    @contextmanager
    def running(self) -> Iterator["Supervised"]:
        keeper = threading.Thread(target=self._keep)
        keeper.start()
        try:
            yield self
        except BaseException:
            print(self.log[-8000:])
            raise
        finally:
            self._is_over = True
            if self._process is not None:
                self._process.terminate()
            keeper.join(30)

    def _keep(self) -> None:
        command = [sys.executable, "-I", "-m", "device_agent.launch", "run", "--data", str(self.folder / "box")]
        environment = {
            **os.environ, "DEVICE_AGENT_PROGRAMS": str(self.programs), "DEVICE_AGENT_UPDATE_PROOF_S": "3",
            "DEVICE_AGENT_UPDATE_WITHIN_S": "60", **self.environment,
        }  # fmt: skip
        while not self._is_over:
            with (self.folder / "test.log").open("ab") as log:
                self.starts += 1
                self._process = subprocess.Popen(
                    [*command, "--player", "null"], stdout=log, stderr=log, env=environment, cwd=self.folder
                )
            self._process.wait()


@pytest.fixture
def station(embedded_broker: EmbeddedBroker) -> Iterator[FakeStation]:
    with FakeStation(embedded_broker.url).on_air() as fake:
        fake.publish_alerts()
        yield fake


@pytest.fixture
def box(tmp_path: Path, station: FakeStation) -> Supervised:
    station.enrol(tmp_path / "box")
    (tmp_path / "programs").mkdir()
    return Supervised(folder=tmp_path)


def offer(station: FakeStation, path: Path, *, version: str) -> FileRef:
    content = path.read_bytes()
    station.publish_audio(content)
    ref = FileRef.model_validate(audio_ref(content, 0).model_dump(exclude={"duration_ms"}))
    wanted = WantedSettings(agent=AgentRelease(version=version, wheel=ref))
    station.publish_plan(station.plan(settings=wanted))
    return ref


def health(station: FakeStation) -> Health:
    online = [status for status in station.statuses if status.online]
    return online[-1].health if online else Health()


def runs(station: FakeStation, version: str, *, after: int = 0) -> bool:
    online = [status for status in station.statuses[after:] if status.online]
    return bool(online) and online[-1].health.agent_version == version


def told(station: FakeStation) -> str:
    return health(station).update or ""


def test_a_good_version_is_fetched_tried_and_stays(station: FakeStation, box: Supervised, tmp_path: Path) -> None:
    good = wheel(tmp_path, version="9.1.0")
    with box.running():
        station.wait_for(lambda: station.statuses, what="a box")
        mine = health(station).agent_version
        assert mine != "9.1.0"
        ref = offer(station, good, version="9.1.0")
        station.wait_for(lambda: runs(station, "9.1.0"), timeout_s=60, what="the new version")
        station.wait_for(lambda: "đang chạy thử" in told(station), what="its trial")
        station.wait_for(lambda: not told(station), timeout_s=20, what="its proof")
        assert health(station).boots[0].why == "update"
        name = f"9.1.0-{ref.sha256[:12]}"
        assert (box.programs / "current").readlink() == Path("venvs") / name
        assert [path.name for path in (box.programs / "venvs").iterdir()] == [name]
        before = len(station.statuses)
        assert box._process is not None
        box._process.kill()
        station.wait_for(lambda: runs(station, "9.1.0", after=before), timeout_s=20, what="it again")
        assert box.starts == 3


def test_a_version_that_dies_at_its_start_goes_back_and_is_never_tried_again(
    station: FakeStation, box: Supervised, tmp_path: Path
) -> None:
    bad = wheel(tmp_path, version="9.2.0", changes=DIES)
    with box.running():
        station.wait_for(lambda: station.statuses, what="a box")
        mine = health(station).agent_version
        ref = offer(station, bad, version="9.2.0")
        station.wait_for(lambda: "khởi động 2 lần đều dừng" in told(station), timeout_s=60, what="the way back")
        assert health(station).agent_version == mine
        assert not (box.programs / "current").exists()
        starts = box.starts
        assert starts == 4, "itself, twice the bad one, itself"
        offer(station, bad, version="9.2.0")
        revision = station.revision().seq - 1
        station.wait_for(lambda: station.status and station.status.plan and station.status.plan.seq >= revision)
        assert (box.starts, "khởi động 2 lần" in told(station)) == (starts, True), ref.sha256
        # The same version number, mended, has another hash: it is tried.
        offer(station, wheel(tmp_path / "mended", version="9.2.0"), version="9.2.0")
        station.wait_for(lambda: runs(station, "9.2.0"), timeout_s=60, what="the mended version")


def test_a_version_that_never_connects_goes_back_in_time(station: FakeStation, box: Supervised, tmp_path: Path) -> None:
    box.environment["DEVICE_AGENT_UPDATE_WITHIN_S"] = "8"
    with box.running():
        station.wait_for(lambda: station.statuses, what="a box")
        mine = health(station).agent_version
        offer(station, wheel(tmp_path, version="9.3.0", changes=DEAF), version="9.3.0")
        station.wait_for(lambda: "trong 8 giây: chưa kết nối" in told(station), timeout_s=90, what="the way back")
        assert health(station).agent_version == mine
        assert not (box.programs / "current").exists()


def test_a_wheel_that_needs_what_the_box_has_not_is_refused_and_nothing_is_switched(
    station: FakeStation, box: Supervised, tmp_path: Path
) -> None:
    more = {"pyproject.toml": ("dependencies = [\n", 'dependencies = [\n    "chua-co-goi-nay>=3",\n')}
    needy = wheel(tmp_path, version="9.4.0", changes=more)
    with box.running():
        station.wait_for(lambda: station.statuses, what="a box")
        offer(station, needy, version="9.4.0")
        station.wait_for(lambda: "chua-co-goi-nay>=3" in told(station), timeout_s=30, what="the refusal")
        assert box.starts == 1
