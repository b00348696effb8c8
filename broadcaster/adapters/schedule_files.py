"""The folder `schedules/`: templates of a station's week, and profiles of the areas' rules, as files."""

from pathlib import Path

from broadcaster.domain.week.profiles import read_profile
from broadcaster.domain.week.regime import Profile
from broadcaster.domain.week_file.reading import read_template
from broadcaster.domain.week_file.template import Template

_INSTALLED = Path(__file__).parent.parent / "schedules"
_SOURCE = Path(__file__).parent.parent.parent / "schedules"


class ScheduleFileError(Exception):
    """A file could not be read at all. The message is Vietnamese and says which."""


def folder() -> Path:
    """Return where the templates stand: beside the package's modules when installed, else in the source tree."""
    return _INSTALLED if _INSTALLED.is_dir() else _SOURCE


def read_text(path: Path) -> str:
    """Return the text of a file. Raises ScheduleFileError."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as exc:
        raise ScheduleFileError(f"Không đọc được tệp {path}: không có tệp này, hoặc không được phép đọc.") from exc
    except UnicodeDecodeError as exc:
        line = exc.object[: exc.start].count(b"\n") + 1
        said = f"{path}: Dòng {line}: chữ không theo bảng mã UTF-8. Xin lưu lại bằng UTF-8."
        raise ScheduleFileError(said) from exc


def templates(where: Path | None = None) -> dict[str, Template]:
    """Return the templates by the names of their files. Raises ScheduleFileError or FaultyFile."""
    files = sorted((where or folder()).glob("*.toml"))
    return {file.stem: read_template(read_text(file)) for file in files}


def profiles(where: Path | None = None) -> dict[str, Profile]:
    """Return the profiles by their id. Raises ScheduleFileError or FaultyFile."""
    found = [read_profile(read_text(file)) for file in sorted(((where or folder()) / "profiles").glob("*.toml"))]
    return {profile.id: profile for profile in found}
