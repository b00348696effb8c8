"""The demonstration's boxes: processes of their own, found again by a server that starts anew, and ended with it."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from broadcaster.adapters.loudspeakers import EnrolmentFailed, Loudspeakers


def with_identity(folder: Path, number: int, device: str) -> Path:
    """Return the folder of a box that is enrolled."""
    box = folder / str(number)
    box.mkdir(parents=True)
    (box / "identity.json").write_text(f'{{"reply": {{"device": "{device}"}}}}')
    return box


def test_nothing_is_there_before_the_first_box(tmp_path: Path) -> None:
    boxes = Loudspeakers(tmp_path / "boxes", url="http://127.0.0.1:1")

    assert boxes.boxes() == ()
    assert not boxes.enrolled(0)
    boxes.stop()


def test_enrolled_boxes_are_found_again_in_their_order(tmp_path: Path) -> None:
    for number in (10, 2):
        with_identity(tmp_path, number, f"loa-{number}")
    (tmp_path / "3").mkdir()
    boxes = Loudspeakers(tmp_path, url="http://127.0.0.1:1")

    assert [(box.device, box.sounds) for box in boxes.boxes()] == [
        ("loa-2", tmp_path / "2" / "sounds"), ("loa-10", tmp_path / "10" / "sounds"),
    ]  # fmt: skip
    assert (boxes.enrolled(2), boxes.enrolled(3)) == (True, False)


def test_server_that_ends_while_it_starts_starts_no_box_any_more(tmp_path: Path) -> None:
    box = with_identity(tmp_path, 0, "loa-0")
    boxes = Loudspeakers(tmp_path, url="http://127.0.0.1:1")

    boxes.stop()
    boxes.start()

    assert not (box / "agent.pid").exists()


@pytest.mark.slow
def test_refused_enrolment_is_told(tmp_path: Path, free_port: int) -> None:
    boxes = Loudspeakers(tmp_path, url=f"http://127.0.0.1:{free_port}")

    with pytest.raises(EnrolmentFailed, match=r"box 0 was not enrolled: .+"):
        boxes.enrol(0, code="ABCD-EFGH-JKMN-PQRS")
    assert not boxes.enrolled(0)


@pytest.mark.slow
def test_box_left_by_an_earlier_server_is_ended_and_a_stranger_is_not(tmp_path: Path) -> None:
    """A process number is used again; only a process that works in the box's own folder is its agent."""
    left, stranger = with_identity(tmp_path, 0, "loa-0"), with_identity(tmp_path, 1, "loa-1")
    sleeping = [sys.executable, "-c", "import time; time.sleep(60)"]
    ours, theirs = subprocess.Popen([*sleeping, str(left)]), subprocess.Popen([*sleeping, "elsewhere"])
    (left / "agent.pid").write_text(str(ours.pid))
    (stranger / "agent.pid").write_text(str(theirs.pid))

    # The test is its parent, and must take leave of it before it is gone for others.
    threading.Thread(target=ours.wait, daemon=True).start()
    Loudspeakers(tmp_path, url="http://127.0.0.1:1").stop()

    assert ours.wait(60) != 0
    assert theirs.poll() is None
    theirs.kill()
    theirs.wait(60)
