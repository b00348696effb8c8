"""What became of an airing, in words: a summary sentence, and a line for each cluster.

Silence is never shown as sound.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from broadcaster.domain.delivery import HEARD_NAMES, OUTCOME_NAMES, Delivery, Heard, Outcome, settled
from broadcaster.domain.errors import N_
from broadcaster.domain.records.why import Story, why
from broadcaster.domain.timetable import Airing
from broadcaster.web import words
from broadcaster.web.i18n import Translate

NOT_HEARD_ADVICE = N_(
    "Bộ thu báo có phát nhưng tai nghe kiểm tra không nghe thấy tiếng loa. Xin kiểm tra tăng âm, dây loa và loa."
)
_BROKEN = (Outcome.FAILED, Outcome.MISSED, Outcome.REFUSED, Outcome.INTERRUPTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One sentence for the whole airing, and its icon and colour."""

    sentence: str
    look: tuple[str, str]


def may_cancel(airing: Airing, deliveries: Sequence[Delivery], *, now: datetime) -> bool:
    """Return whether there is still something to take back."""
    over = max(airing.end_at, airing.not_after) <= now or (bool(deliveries) and settled(deliveries))
    return airing.cancelled_at is None and not over


def summary(airing: Airing, deliveries: Sequence[Delivery], *, now: datetime, translate: Translate) -> Summary:
    """Return what is known of the airing as a whole."""
    count = Counter(delivery.outcome for delivery in deliveries)
    total, silent = len(deliveries), sum(delivery.is_silent for delivery in deliveries)
    if airing.cancelled_at is not None and not count[Outcome.PLAYING] and not count[Outcome.PLAYED]:
        return Summary(sentence=translate(N_("Lượt phát đã bị hủy.")), look=("stop", "waiting"))
    if count[Outcome.PLAYING]:
        n = count[Outcome.PLAYING] - sum(d.is_silent for d in deliveries if d.outcome is Outcome.PLAYING)
        said = translate(N_("Đang phát trên {n}/{total} cụm loa.")).format(n=n, total=total)
        look = ("cross", "bad") if silent else ("sound", "playing")
        return Summary(sentence=" ".join([said, *_troubles(count, silent, translate)]), look=look)
    if now < airing.start_at:
        return _before(airing, count, total=total, now=now, translate=translate)
    return _after(airing, count, silent=silent, now=now, translate=translate)


def cards(
    deliveries: Iterable[Delivery], *, zone: ZoneInfo, translate: Translate, stories: Iterable[Story]
) -> list[dict[str, object]]:
    """Return a line for each cluster, hamlet by hamlet, with its answer to *vì sao?*."""
    return [
        _card(delivery, story, zone=zone, translate=translate)
        for delivery, story in zip(deliveries, stories, strict=True)
    ]


def _card(delivery: Delivery, story: Story, *, zone: ZoneInfo, translate: Translate) -> dict[str, object]:
    icon, colour = words.OUTCOME_LOOKS[delivery.outcome]
    return {
        "key": delivery.target.cluster,
        "hamlet": delivery.target.hamlet_name,
        "cluster": delivery.target.cluster_name,
        "device": delivery.target.device,
        "outcome": delivery.outcome.value,
        "name": translate(OUTCOME_NAMES[delivery.outcome]),
        "icon": icon,
        "colour": "warn" if delivery.is_silent else colour,
        "why": why(story, translate),
        "started": words.clock_to_the_second(delivery.started_at, zone) if delivery.started_at else None,
        "ended": words.clock_to_the_second(delivery.ended_at, zone) if delivery.ended_at else None,
        "error": words.start_error(delivery.start_error_ms, translate),
        "heard": _heard(delivery.heard, translate) if delivery.heard else None,
    }


def _heard(heard: Heard, translate: Translate) -> dict[str, object]:
    """Return what the box's ear says as a badge, with what to do about it."""
    icon, colour = words.HEARD_LOOKS[heard]
    advice = translate(NOT_HEARD_ADVICE) if heard is Heard.NOT_HEARD else None
    return {"icon": icon, "colour": colour, "name": translate(HEARD_NAMES[heard]), "advice": advice}


def _before(airing: Airing, count: Counter[Outcome], *, total: int, now: datetime, translate: Translate) -> Summary:
    ready = count[Outcome.READY]
    left = words.rough_length(airing.start_at - now, translate)
    said = translate(N_("Còn {left} nữa phát. {n}/{total} cụm loa đã sẵn sàng.")).format(
        left=left, n=ready, total=total
    )
    return Summary(sentence=said, look=("ready", "ready") if ready == total else ("clock", "waiting"))


def _after(airing: Airing, count: Counter[Outcome], *, silent: int, now: datetime, translate: Translate) -> Summary:
    total, played = count.total(), count[Outcome.PLAYED] - silent
    troubles = _troubles(count, silent, translate)
    waiting = count[Outcome.READY] + count[Outcome.PLANNED]
    if waiting and now < airing.not_after:
        troubles.append(translate(N_("{n} cụm loa chưa bắt đầu.")).format(n=waiting))
    elif waiting:
        troubles.append(translate(N_("{n} cụm loa chưa cho biết kết quả.")).format(n=waiting))
    said = translate(N_("Đã phát trên {n}/{total} cụm loa.")).format(n=played, total=total)
    if played == total:
        return Summary(sentence=said, look=("check", "good"))
    broken = silent + sum(count[outcome] for outcome in _BROKEN)
    look = ("cross", "bad") if broken else ("question", "warn")
    return Summary(sentence=" ".join([said, *troubles]), look=look)


def _troubles(count: Counter[Outcome], silent: int, translate: Translate) -> list[str]:
    said = {
        N_("{n} cụm loa phát nhưng không nghe thấy tiếng."): silent,
        N_("{n} cụm loa không phát được."): count[Outcome.FAILED] + count[Outcome.MISSED] + count[Outcome.REFUSED],
        N_("{n} cụm loa bị ngắt giữa chừng."): count[Outcome.INTERRUPTED],
        N_("{n} cụm loa chưa có báo cáo."): count[Outcome.UNKNOWN],
    }
    return [translate(sentence).format(n=n) for sentence, n in said.items() if n]
