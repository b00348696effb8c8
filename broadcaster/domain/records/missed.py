"""What each hamlet missed, told from the log, and what may be aired again only there."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from broadcaster.domain.delivery import Heard, Outcome
from broadcaster.domain.errors import N_, Conflict, Invalid, refusal
from broadcaster.domain.ids import ClusterId
from broadcaster.domain.records.logbook import Entry, Line, LogKind, effective


@refusal
class NothingMissed(Conflict):
    message = N_("Các cụm loa đã chọn không còn thiếu nội dung này. Xin tải lại trang để xem tình hình mới.")


@refusal
class NoPlaceChosen(Invalid):
    message = N_("Chưa chọn cụm loa nào để phát lại. Xin chọn ít nhất một cụm loa.")


@refusal
class NotToBeRepeated(Conflict):
    message = N_("Nội dung này không phải là một bản thu nên không phát lại được.")


@refusal
class RecordingReplaced(Conflict):
    message = N_("Bản thu đã phát nay không còn được duyệt (đã sửa hoặc rút) nên không phát lại được.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A cluster that did not hear an airing. `certain` is false where nobody has reported yet."""

    entry: Entry

    @property
    def certain(self) -> bool:
        return self.entry.outcome is not Outcome.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """An airing, the clusters that did not hear it and are not told it again yet, and those where a repeat stands."""

    subject: str
    title: str
    planned_at: datetime
    repeatable: bool
    gaps: tuple[Gap, ...]
    planned_again: tuple[Gap, ...]


def missed(lines: Iterable[Line], *, coming: Collection[tuple[str, ClusterId]]) -> tuple[Missed, ...]:
    """Return what was missed, newest first.

    Whoever heard the same recording later missed nothing. `coming` are the (recording, cluster) still to be aired.
    """
    entries = [line.entry for line in effective(lines) if line.entry.kind is LogKind.AIRING]
    heard = {(e.recording_sha256, e.place.cluster): e.planned_at for e in entries if e.was_heard}
    newest = {(e.recording_sha256 or e.subject, e.place.cluster): e.subject for e in entries}
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        key = (entry.recording_sha256, entry.place.cluster)
        later = heard.get(key) if entry.recording_sha256 else None
        said_again = newest[(entry.recording_sha256 or entry.subject, entry.place.cluster)] != entry.subject
        if not entry.was_heard and (later is None or later < entry.planned_at) and not said_again:
            groups.setdefault(entry.subject, []).append(entry)
    return tuple(_missed(group, coming=coming) for group in reversed(groups.values()))


def reason_of(entry: Entry) -> str:
    """Return the code of why a cluster did not hear something."""
    if entry.outcome is Outcome.PLAYED and entry.heard is Heard.NOT_HEARD:
        return "not_heard"
    return entry.reason or entry.outcome.value


def _missed(group: list[Entry], *, coming: Collection[tuple[str, ClusterId]]) -> Missed:
    planned = [e for e in group if (e.recording_sha256 or "", e.place.cluster) in coming]
    first = group[0]
    return Missed(
        subject=first.subject,
        title=first.title,
        planned_at=first.planned_at,
        repeatable=first.recording_sha256 is not None,
        gaps=tuple(Gap(entry=e) for e in group if e not in planned),
        planned_again=tuple(Gap(entry=e) for e in planned),
    )
