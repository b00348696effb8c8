"""`broadcaster schedule import` and `export`: a station's week from a file into its database, and out of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from broadcaster.adapters import schedule_files
from broadcaster.adapters.schedule_files import ScheduleFileError
from broadcaster.bootstrap import utc_now
from broadcaster.domain.audience import Audience, of_hamlets
from broadcaster.domain.errors import Refusal
from broadcaster.domain.permissions import Person, may_administer
from broadcaster.domain.station import Station
from broadcaster.domain.week.checking import UnusualHour
from broadcaster.domain.week.edits import plain
from broadcaster.domain.week_file.template import UnknownHamlet
from broadcaster.domain.week_file.toml_tables import FaultyFile
from broadcaster.services.office import Office
from broadcaster.services.week import programmes
from broadcaster.services.week.foresight import Preview
from broadcaster.settings import load_settings
from broadcaster.store import accounts, stations
from broadcaster.store.engine import DatabaseNotOpened, existing_database


class ScheduleRefused(Exception):  # noqa: N818 - reads as what happened
    """Nothing was changed. The message is Vietnamese and says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a file changes, or would change: lines for a person, and whether it may."""

    lines: tuple[str, ...]
    is_usable: bool


def take_in(
    path: Path,
    *,
    station: str,
    username: str,
    confirmed: Sequence[str],
    groups: Sequence[str] = (),
    dry_run: bool = False,
) -> Told:
    """Make a station's week what the file says, and return what that changed; a dry run only says what it would.

    `groups` say who the file's groups are, each as `mong=Thôn A,Thôn B`. Nothing is written where it would break a
    rule. Raises ScheduleRefused.

    The server may be running: it plans the new week within half a minute.
    """
    with _office() as office, _refusals(path):
        meant = _station(office, station)
        edit = programmes.from_file(office, schedule_files.read_text(path), groups=_groups(office, meant, groups))
        actor = _actor(office, meant, username)
        found = programmes.preview(office, actor=actor, edit=edit)
        is_usable = found.is_allowed and not _unconfirmed(found, confirmed)
        written = bool(found.changed) and is_usable and not dry_run
        if written:
            programmes.save(office, actor=actor, edit=edit, confirmed=confirmed)
        return Told(lines=tuple(_told(found, written=written, confirmed=confirmed)), is_usable=is_usable)


def give_out(*, station: str) -> str:
    """Return a station's week as a file. Raises ScheduleRefused."""
    with _office() as office:
        found = _station(office, station)
        with office.database.reading() as tx:
            return programmes.export(tx, found)


def _groups(office: Office, station: Station, written: Sequence[str]) -> dict[str, Audience]:
    with office.database.reading() as tx:
        hamlets = {hamlet.name: hamlet.id for hamlet in stations.hamlets_of(tx, station.id)}
    groups = {}
    for each in written:
        group, _, listed = each.partition("=")
        names = [name.strip() for name in listed.split(",") if name.strip()]
        if not names:
            raise ScheduleRefused(f'--group “{each}” chưa đúng cách. Xin ghi như: --group "mong=Thôn A,Thôn B".')
        if unknown := [name for name in names if name not in hamlets]:
            raise UnknownHamlet(name=unknown[0])
        groups[group.strip()] = of_hamlets(hamlets[name] for name in names)
    return groups


def _told(found: Preview, *, written: bool, confirmed: Sequence[str]) -> Iterator[str]:
    if not found.changed:
        yield "Lịch của đài đã đúng như tệp, không có gì phải đổi."
        return
    kept = [each.title for _, each in found.changed if each is not None]
    yield from (f"Thêm hoặc sửa: {title}" for title in kept)
    if gone := len(found.changed) - len(kept):
        yield f"Bỏ: {gone} chương trình không có trong tệp"
    yield from (f"Sai quy định: {each}" for each in found.breaks)
    yield from (f"Giờ lạ: {each} Ghi thêm --confirm “{each.words}”." for each in _unconfirmed(found, confirmed))
    yield from (f"Bản tin: {each.reason}" for each in found.bulletins)
    yield "Đã ghi lịch mới." if written else "Chưa ghi gì."


def _unconfirmed(found: Preview, confirmed: Sequence[str]) -> list[UnusualHour]:
    said = {plain(words) for words in confirmed}
    return [each for each in found.unusual if plain(each.words) not in said]


@contextmanager
def _office() -> Iterator[Office]:
    try:
        with existing_database(load_settings().database) as database:
            yield Office(
                database=database,
                now=utc_now,
                profiles=schedule_files.profiles(),
                templates=schedule_files.templates(),
            )
    except DatabaseNotOpened as exc:
        raise ScheduleRefused(str(exc)) from exc


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    try:
        yield
    except FaultyFile as exc:
        raise ScheduleRefused("\n".join(f"{path}: {line}" for line in str(exc).splitlines())) from exc
    except ScheduleFileError as exc:
        raise ScheduleRefused(str(exc)) from exc
    except Refusal as exc:
        raise ScheduleRefused(f"{path}: {exc}") from exc


def _station(office: Office, wanted: str) -> Station:
    """Return the station of that id, or the only one."""
    with office.database.reading() as tx:
        every = stations.every(tx)
    found = [each for each in every if wanted in ("", each.id)]
    if len(found) != 1:
        raise ScheduleRefused(f"Xin chọn đài bằng --station: {', '.join(each.id for each in every) or 'chưa có đài'}.")
    return found[0]


def _actor(office: Office, station: Station, username: str) -> Person:
    """Return in whose name it is done: that account, or the station's first administrator."""
    with office.database.reading() as tx:
        people = [a for a in accounts.of_station(tx, station.id) if a.disabled_at is None]
    for account in people:
        if account.username == username or (not username and may_administer(account.person)):
            return account.person
    raise ScheduleRefused(f"Đài không có tài khoản “{username}”." if username else "Đài chưa có người quản trị.")
