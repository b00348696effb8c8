"""Vì sao? One plain answer for each thing that was, is or should have been heard on a cluster, made from facts alone.

Every outcome has a sentence of its own for each reason that it can have; what is known besides follows it: what the
box itself said, what broke in and when it went on, who placed it there and why, and what had to give way.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from broadcaster.domain.delivery import REASONS, Heard, Outcome
from broadcaster.domain.errors import N_
from broadcaster.domain.records.why_words import AFTER_ALL, CASES, HEARD, LEADS

Translate = Callable[[str], str]

PUNCTUAL_MS = 1_000.0
"""A start that missed its instant by less is not worth a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """Somebody chose its time; None where the books do not say who."""

    who: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OfSession:
    """A part of a session that recurs: a jingle, a relay, a fixed recording."""

    programme: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OnRequest:
    """The planner placed it because somebody asked; `placed` is the planner's own sentence, `session` where it went."""

    who: str | None
    at: datetime
    placed: str | None = None
    session: OfSession | None = None


Origin = ByHand | OfSession | OnRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption:
    """Something broke in: the code of what it was, its title if it is known, and when the sound went on, if ever."""

    by: str
    at: datetime
    title: str | None = None
    resumed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Displaced:
    """A bulletin that had to give way, and where it went (None: it has no place yet)."""

    title: str
    to: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Everything that is known of one airing on one cluster. Instants are in the station's own time."""

    title: str
    cluster: str
    hamlet: str
    start_at: datetime
    not_after: datetime
    duration: timedelta
    outcome: Outcome
    reason: str | None = None
    heard: Heard | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    start_error_ms: float | None = None
    said: str | None = None
    """What the box itself wrote of it."""
    seen_at: datetime | None = None
    """When the box was last heard of, where that matters."""
    cancelled_at: datetime | None = None
    cancelled_by: str | None = None
    origin: Origin | None = None
    interruptions: tuple[Interruption, ...] = ()
    displaced: tuple[Displaced, ...] = ()


def why(story: Story, translate: Translate = str) -> str:
    """Return the answer to *vì sao?*: what became of it and through what, and how it came to stand there."""
    parts = [outcome_sentence(story, translate), *_besides(story, translate), *_origin(story, translate)]
    said = " ".join(part for part in parts if part)
    return said[:1].upper() + said[1:]


def outcome_sentence(story: Story, translate: Translate = str) -> str:
    """Return the one sentence of this outcome for this reason."""
    known = CASES.get((story.outcome, story.reason))
    if known is not None:
        return translate(known).format(**_facts(story, translate))
    # A box of another version may join what ours never does: then both are told, each in its own words.
    lead = translate(LEADS[story.outcome]).format(**_facts(story, translate))
    reason = story.reason or ""
    told = translate(REASONS[reason]) if reason in REASONS else translate(AFTER_ALL).format(code=reason[:60])
    return f"{lead} {told}"


def _facts(story: Story, translate: Translate) -> dict[str, str]:
    last = story.interruptions[-1] if story.interruptions else None
    return {
        "title": story.title,
        "place": f"{story.cluster} ({story.hamlet})",
        "planned": moment(story.start_at),
        "late": clock(story.not_after),
        "total": length(story.duration, translate),
        "by": f" “{last.title}”" if last is not None and last.title else "",
    }


def _besides(story: Story, translate: Translate) -> Iterator[str]:
    yield _span(story, translate)
    yield _punctuality(story, translate)
    if story.heard is not None and story.outcome in {Outcome.PLAYED, Outcome.PLAYING}:
        yield translate(HEARD[story.heard])
    yield from (_interruption(each, translate) for each in story.interruptions)
    if story.said:
        yield translate(N_("Bộ thu ghi: {said}.")).format(said=story.said.strip().rstrip("."))
    if story.seen_at is not None and story.outcome in {Outcome.PLANNED, Outcome.UNKNOWN}:
        yield translate(N_("Lần cuối đài nhận được tin của bộ thu là {seen}.")).format(seen=moment(story.seen_at))
    if story.cancelled_at is not None:
        yield _cancelled(story, story.cancelled_at, translate)


def _span(story: Story, translate: Translate) -> str:
    """Return when it sounded, and how much of it is missing where it did not end by itself."""
    if story.started_at is None:
        return ""
    began = clock_to_the_second(story.started_at)
    if story.ended_at is None:
        return translate(N_("Loa bắt đầu lúc {began}.")).format(began=began)
    ended = clock_to_the_second(story.ended_at)
    return translate(N_("Loa phát từ {began} đến {ended}, trên tổng số {total}.")).format(
        began=began, ended=ended, total=length(story.duration, translate)
    )


def _punctuality(story: Story, translate: Translate) -> str:
    error_ms = story.start_error_ms
    if story.started_at is None or error_ms is None or abs(error_ms) < PUNCTUAL_MS:
        return ""
    lateness = length(timedelta(milliseconds=abs(error_ms)), translate)
    if error_ms > 0:
        return translate(N_("Bộ thu bắt đầu muộn {lateness} so với lịch.")).format(lateness=lateness)
    return translate(N_("Bộ thu bắt đầu sớm {lateness} so với lịch.")).format(lateness=lateness)


_BROKE_IN = {
    "alert": N_("Tin khẩn cấp{title} chen vào lúc {at}"),
    "higher_priority": N_("Tin ưu tiên hơn{title} chen vào lúc {at}"),
    "withdrawn": N_("Lượt phát bị rút lúc {at}"),
    "power_lost": N_("Bộ thu mất điện hoặc khởi động lại lúc {at}"),
    "relay_dead": N_("Nguồn tiếp sóng mất tiếng lúc {at}"),
    "sound_device": N_("Đầu ra âm thanh báo lỗi lúc {at}"),
}
_BROKE_IN_SOMEHOW = N_("Tiếng bị ngắt lúc {at} (mã {by})")


def _interruption(each: Interruption, translate: Translate) -> str:
    told = translate(_BROKE_IN.get(each.by, _BROKE_IN_SOMEHOW))
    named = f" “{each.title}”" if each.title else ""
    began = told.format(title=named, at=clock_to_the_second(each.at), by=each.by[:40])
    if each.resumed_at is None:
        return translate(N_("{what}, sau đó không phát tiếp.")).format(what=began)
    return translate(N_("{what}, phát tiếp lúc {resumed}.")).format(
        what=began, resumed=clock_to_the_second(each.resumed_at)
    )


def _cancelled(story: Story, at: datetime, translate: Translate) -> str:
    if story.cancelled_by:
        return translate(N_("{who} hủy lúc {at}.")).format(who=story.cancelled_by, at=moment(at))
    return translate(N_("Lệnh hủy được ghi lúc {at}.")).format(at=moment(at))


def _origin(story: Story, translate: Translate) -> Iterator[str]:
    match story.origin:
        case ByHand(who=None, at=at):
            yield translate(N_("Lượt này được đặt giờ riêng lúc {at}.")).format(at=moment(at))
        case ByHand(who=who, at=at):
            yield translate(N_("Lượt này do {who} đặt giờ lúc {at}.")).format(who=who, at=moment(at))
        case OfSession() as session:
            told = N_("Lượt này là một mục của buổi “{programme}” ({due}).")
            yield translate(told).format(programme=session.programme, due=moment(session.due_at))
        case OnRequest() as asked:
            yield from _asked_for(asked, translate)
    for other in story.displaced:
        if other.to is None:
            yield translate(N_("Nhường chỗ cho lượt này, “{title}” chưa có giờ phát.")).format(title=other.title)
        else:
            yield translate(N_("Nhường chỗ cho lượt này, “{title}” được dời tới {to}.")).format(
                title=other.title, to=moment(other.to)
            )


def _asked_for(asked: OnRequest, translate: Translate) -> Iterator[str]:
    if asked.who is not None:
        yield translate(N_("{who} đề nghị phát lúc {at}.")).format(who=asked.who, at=moment(asked.at))
    else:
        yield translate(N_("Đề nghị phát được ghi lúc {at}.")).format(at=moment(asked.at))
    if asked.placed:
        yield asked.placed
    elif asked.session is not None:
        told = N_("Đài xếp vào ô bản tin của buổi “{programme}” ({due}).")
        yield translate(told).format(programme=asked.session.programme, due=moment(asked.session.due_at))


def moment(instant: datetime) -> str:
    """Return an instant as `17:05 ngày 22/11/2026`."""
    return f"{instant:%H:%M} ngày {instant:%d/%m/%Y}"


def clock(instant: datetime) -> str:
    """Return the time of day as `17:05`."""
    return f"{instant:%H:%M}"


def clock_to_the_second(instant: datetime) -> str:
    """Return the time of day as `17:05:00`."""
    return f"{instant:%H:%M:%S}"


def length(span: timedelta, translate: Translate = str) -> str:
    """Return a length of time as `1 phút 05 giây`."""
    seconds = max(0, round(span.total_seconds()))
    if seconds < 60:
        return translate(N_("{seconds} giây")).format(seconds=seconds)
    if seconds < 3600:
        told = N_("{minutes} phút {seconds} giây")
        return translate(told).format(minutes=seconds // 60, seconds=f"{seconds % 60:02}")
    return translate(N_("{hours} giờ {minutes} phút")).format(hours=seconds // 3600, minutes=seconds % 3600 // 60)
