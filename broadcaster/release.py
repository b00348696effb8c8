"""`broadcaster agent-release`: offers the boxes another version of their program, at the server's own console.

The signer lets a plan name only what somebody stands for: an administrator by name and password, or whoever holds the
signer's own folder (ADR 0014).
"""

import secrets
import zipfile
import zlib
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from email.parser import BytesParser
from pathlib import Path

from broadcaster.adapters import session_keys
from broadcaster.adapters.audio_cache import AudioCache, AudioCacheError
from broadcaster.adapters.signing.client import SignerClient
from broadcaster.adapters.signing.registrar import SignerRegistrar
from broadcaster.bootstrap import utc_now
from broadcaster.domain.acting import Act, ActKind
from broadcaster.domain.errors import Refusal
from broadcaster.domain.ids import StationId
from broadcaster.domain.station import Station
from broadcaster.services.office import Office, fingerprint
from broadcaster.services.releasing import offer, withdraw
from broadcaster.settings import Settings, load_settings
from broadcaster.signer.console import SignerConsoleError, let_run
from broadcaster.store import accounts, stations
from broadcaster.store.engine import Database, DatabaseNotOpened, existing_database
from broadcaster.store.migrate import bring_up_to_date

NAME = "commune-broadcaster"


class NotReleased(Exception):  # noqa: N818 - reads as what happened
    """Nothing was offered. The message is Vietnamese and says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Administrator:
    """Who stands for a version, by the password that the signer knows."""

    username: str
    password: str


def release(
    file: Path,
    *,
    devices: Sequence[str] | None = None,
    station: str | None = None,
    by: Administrator | None = None,
) -> tuple[str, ...]:
    """Offer the wheel in `file` to these boxes, None for every one; return what was done, a line for each station.

    `by` stands for it, None: whoever holds the signer's folder. Raises NotReleased.
    """
    version = _version_of(file)
    settings = load_settings()
    try:
        content = file.read_bytes()
        sha256 = AudioCache(settings.audio_cache).put(content)
        return _offered(
            settings, version=version, sha256=sha256, size_bytes=len(content), devices=devices, station=station, by=by
        )  # fmt: skip
    except (OSError, AudioCacheError, DatabaseNotOpened, Refusal, SignerConsoleError) as exc:
        raise NotReleased(str(exc)) from exc


def take_back(*, station: str | None = None) -> tuple[str, ...]:
    """Take every offer back; return a line for each station. Raises NotReleased."""
    settings = load_settings()
    try:
        with existing_database(settings.database) as database:
            bring_up_to_date(settings.database)
            office = Office(database=database, now=utc_now)
            wanted = _wanted(database, station)
            return tuple(f"{found.name}: đã rút {withdraw(office, found.id)} phiên bản." for found in wanted)
    except DatabaseNotOpened as exc:
        raise NotReleased(str(exc)) from exc


def _offered(
    settings: Settings,
    *,
    version: str,
    sha256: str,
    size_bytes: int,
    devices: Sequence[str] | None,
    station: str | None,
    by: Administrator | None,
) -> tuple[str, ...]:
    with existing_database(settings.database) as database:
        bring_up_to_date(settings.database)
        office = Office(database=database, now=utc_now)
        wanted = _wanted(database, station)
        if not wanted:
            raise NotReleased("Không có đài nào như vậy trong cơ sở dữ liệu.")
        for found in wanted:
            _vouch(settings, database, found.id, version=version, sha256=sha256, by=by)
            offer(office, found.id, version=version, sha256=sha256, size_bytes=size_bytes, wanted=devices)
        whom = f"{len(devices)} bộ thu" if devices is not None else "mọi bộ thu"
        return tuple(f"{found.name}: đã gửi phiên bản {version} cho {whom}." for found in wanted)


def _wanted(database: Database, station: str | None) -> list[Station]:
    """Return the station of that id, None: every one."""
    with database.reading() as tx:
        return [found for found in stations.every(tx) if station in {None, found.id}]


def _vouch(
    settings: Settings, database: Database, station: StationId, *, version: str, sha256: str, by: Administrator | None
) -> None:
    """Tell the signer who stands for these bytes. Raises SignerConsoleError, or whatever the signer misses."""
    if by is None:
        let_run(station, version=version, sha256=sha256)
        return
    with database.reading() as tx:
        account = accounts.by_username(tx, by.username.strip().lower())
    if account is None or account.person.station != station:
        raise NotReleased(f"Đài {station} không có người tên “{by.username}”.")
    secret, person = secrets.token_urlsafe(32), account.person
    with closing(SignerClient(settings.signer_address)) as client:
        registrar = SignerRegistrar(client, now=utc_now)
        registrar.open_session(person.id, password=by.password, secret=secret)
        act = Act(
            kind=ActKind.RELEASE, station=station, actor=person.id, subject=person.id,
            nonce=secrets.token_urlsafe(18), at=utc_now(), version=version, file_sha256=sha256,
        )  # fmt: skip
        try:
            registrar.obey(act, sign=session_keys.act_with(secret))
        finally:
            registrar.close_session(fingerprint(secret))


def _version_of(file: Path) -> str:
    """Return the version in the wheel's own description. Raises NotReleased."""
    try:
        with zipfile.ZipFile(file) as wheel:
            name = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
            said = BytesParser().parsebytes(wheel.read(name))
            spoilt = wheel.testzip()
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, StopIteration) as exc:
        raise NotReleased(f"{file} không phải tệp .whl đọc được.") from exc
    if spoilt is not None:
        raise NotReleased(f"{file} bị hỏng ở {spoilt}; hãy tạo hoặc chép lại tệp.")
    if str(said["Name"]).lower().replace("_", "-") != NAME or not said["Version"]:
        raise NotReleased(f"{file} là gói {said['Name']}, không phải {NAME}.")
    return str(said["Version"])
