"""The way to another version, step by step: what a disk that refuses costs."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from device_agent.playout.values import Moment
from device_agent.updating.install import Running
from device_agent.updating.programs import Programs
from device_agent.updating.updating import DISK_RETRY_S, Updating, Versions
from tests.device_agent.updating.test_wheel import wheel_at
from wire.messages import AgentRelease, FileRef, Plan, Revision, WantedSettings

NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)
SHA256 = "c" * 64


def test_a_disk_that_refuses_is_left_alone_for_a_while(tmp_path: Path) -> None:
    wheel = wheel_at(tmp_path / "a.whl")
    wanted = AgentRelease(
        version="9.9.0", wheel=FileRef(sha256=SHA256, size_bytes=wheel.stat().st_size, chunks=1)
    )  # fmt: skip
    plan = Plan(
        station="xa", device="loa-01", revision=Revision(epoch=1, seq=1), issued_at=NOW,
        settings=WantedSettings(agent=wanted),
    )  # fmt: skip
    moment = Moment(
        now=NOW, up_since=NOW, trusted_since=NOW, zone=UTC, plan=plan, cached=frozenset({SHA256})
    )  # fmt: skip
    folder = tmp_path / "programs"
    folder.mkdir()
    (folder / "venvs").write_text("a file where the versions should be")
    clock, looks, left = [1000.0], [], []

    async def is_intact(sha256: str) -> bool:
        looks.append(sha256)
        return True

    updating = Updating(
        Versions(programs=Programs(folder), running=Running(version="1", sha256=None)), moment=lambda: moment,
        lacks=lambda: None, path_of=lambda _: wheel, is_intact=is_intact, leave=lambda: left.append("left"),
        changed=lambda: None, monotonic=lambda: clock[0],
    )  # fmt: skip

    def step() -> str | None:
        updating.told = asyncio.run(updating._advance())
        return updating.told

    first = step()
    assert "không ghi được vào thẻ nhớ" in (first or "")
    assert [step() for _ in range(50)] == [first] * 50
    assert len(looks) == 1, "laid out once, not fifty times"
    (folder / "venvs").unlink()
    clock[0] += DISK_RETRY_S
    assert step() == "9.9.0: chuyển sang chạy thử"
    assert left == ["left"]
