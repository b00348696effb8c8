"""Opens a wheel of the agent with suspicion: what it claims to be, and whether it fits what is installed here.

Its content is the station's own word (the hash stands in the signed plan); the suspicion is for what does not fit.
"""

import importlib.metadata
import platform
import stat
import sys
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from email.parser import BytesParser
from pathlib import Path, PurePosixPath

from device_agent.updating.requirements import allows, unsatisfied

NAME = "commune-broadcaster"
EXTRA = "agent"
MOST_FILES = 5_000
MOST_BYTES = 200 * 1024 * 1024
_COMMAND = "device-agent"
_UNREADABLE = (OSError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, KeyError)
"""Whatever `zipfile` raises for what is none, or lacks a file: a box that died of it would die again at every start."""


class WheelRefused(Exception):  # noqa: N818 - it names what was decided
    """This wheel is not for this box; the message says why, in Vietnamese."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A wheel that fits; `entry` is the module and the function that are the agent, `size_bytes` what it unpacks to."""

    path: Path
    version: str
    entry: tuple[str, str]
    size_bytes: int


def check(path: Path, *, version: str, installed: Callable[[str], str | None] | None = None) -> Opened:
    """Return the wheel if it may be installed beside what runs. Raises WheelRefused."""
    try:
        with zipfile.ZipFile(path) as wheel:
            opened = _checked(wheel, path, version=version, installed=installed or installed_version)
            spoilt = wheel.testzip()
    except _UNREADABLE as exc:
        raise WheelRefused(f"tệp không phải là gói cài đặt đọc được ({exc})") from exc
    if spoilt is not None:
        raise WheelRefused(f"gói có tệp bị hỏng: {spoilt[:60]}")
    return opened


def installed_version(name: str) -> str | None:
    """Return the version of a distribution that this process can import."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _checked(
    wheel: zipfile.ZipFile, path: Path, *, version: str, installed: Callable[[str], str | None]
) -> Opened:  # fmt: skip
    _check_files(wheel.infolist())
    info = next((n.partition("/")[0] for n in wheel.namelist() if n.endswith(".dist-info/METADATA")), None)
    if info is None:
        raise WheelRefused("gói không có phần mô tả")
    said = BytesParser().parsebytes(wheel.read(f"{info}/METADATA"))
    name = str(said["Name"]).lower().replace("_", "-")
    if name != NAME or said["Version"] != version:
        raise WheelRefused(f"gói là {said['Name']} {said['Version']}, không phải {NAME} {version}")
    if b"Root-Is-Purelib: true" not in wheel.read(f"{info}/WHEEL"):
        raise WheelRefused("gói dành cho một loại máy riêng")
    _check_needs(said.get_all("Requires-Dist") or [], python=said["Requires-Python"], installed=installed)
    entry = _entry(wheel.read(f"{info}/entry_points.txt").decode())
    size_bytes = sum(file.file_size for file in wheel.infolist())
    return Opened(path=path, version=version, entry=entry, size_bytes=size_bytes)


def _check_files(files: list[zipfile.ZipInfo]) -> None:
    if len(files) > MOST_FILES or sum(file.file_size for file in files) > MOST_BYTES:
        raise WheelRefused("gói lớn quá mức")
    for file in files:
        parts = PurePosixPath(file.filename)
        is_link = stat.S_ISLNK(file.external_attr >> 16)
        if parts.is_absolute() or ".." in parts.parts or "\\" in file.filename or is_link:
            raise WheelRefused(f"gói có đường dẫn lạ: {file.filename[:60]}")
        if parts.suffix == ".pth" or (parts.parts and parts.parts[0].endswith(".data")):
            raise WheelRefused(f"gói có phần không cài được ở đây: {file.filename[:60]}")


def _check_needs(requires: list[str], *, python: str | None, installed: Callable[[str], str | None]) -> None:
    if python is not None and not allows(python, platform.python_version()):
        raise WheelRefused(f"gói cần Python {python}, ở đây là {platform.python_version()}")
    environment = {
        "python_version": ".".join(platform.python_version_tuple()[:2]), "sys_platform": sys.platform,
        "python_full_version": platform.python_version(), "platform_machine": platform.machine(),
        "platform_system": platform.system(), "os_name": "posix",
    }  # fmt: skip
    lacking = unsatisfied(requires, installed=installed, environment=environment, extra=EXTRA)
    if lacking is not None:
        raise WheelRefused(f"cần {lacking[:80]}, thiết bị chưa có; hãy cài lại tại chỗ bằng install.sh")


def _entry(text: str) -> tuple[str, str]:
    for line in text.splitlines():
        name, _, target = (part.strip() for part in line.partition("="))
        module, _, function = target.partition(":")
        if name == _COMMAND and all(part.isidentifier() for part in (*module.split("."), function)):
            return module, function
    raise WheelRefused(f"gói không có lệnh {_COMMAND}")
