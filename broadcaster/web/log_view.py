"""The broadcast log and the ledger of what was missed, in words."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from broadcaster.domain.delivery import HEARD_NAMES, OUTCOME_NAMES, REASONS
from broadcaster.domain.errors import N_
from broadcaster.domain.records.logbook import SOURCE_NAMES, Entry, Line
from broadcaster.domain.records.missed import Gap, Missed, reason_of
from broadcaster.domain.records.why import Story, why
from broadcaster.web import words
from broadcaster.web.i18n import Translate
from broadcaster.web.session import Visit

_NOT_HEARD = N_("Bộ thu báo đã phát nhưng không nghe thấy tiếng loa.")


Stories = Mapping[tuple[str, str], Story]
"""Of an airing on a cluster, all that is known of it."""


def days(lines: Sequence[Line], visit: Visit, stories: Mapping[int, Story]) -> list[dict[str, object]]:
    """Return lines as the log's page shows them, newest first, by the day for which they were planned."""
    zone, translate = visit.station.rules.zone, visit.translate
    grouped = groupby(lines, key=lambda line: words.day(line.entry.planned_at, zone, translate))
    return [{"day": day, "lines": [_line(line, visit, stories) for line in group]} for day, group in grouped]


def missed_rows(found: Sequence[Missed], visit: Visit, stories: Stories) -> list[dict[str, object]]:
    """Return what was missed as the ledger shows it."""
    zone, translate = visit.station.rules.zone, visit.translate
    return [
        {
            "subject": each.subject,
            "title": each.title,
            "at": words.moment(each.planned_at, zone, translate),
            "repeatable": each.repeatable,
            "gaps": [_gap(gap, translate, stories) for gap in each.gaps],
            "planned": [_gap(gap, translate, stories) for gap in each.planned_again],
        }
        for each in found
    ]


def reason_words(entry: Entry, translate: Translate) -> str:
    """Return why a cluster did not hear something."""
    code = reason_of(entry)
    if code == "not_heard":
        return translate(_NOT_HEARD)
    if code == entry.outcome.value:
        return translate(OUTCOME_NAMES[entry.outcome])
    return translate(REASONS.get(code, code))


def _gap(gap: Gap, translate: Translate, stories: Stories) -> dict[str, object]:
    place = gap.entry.place
    story = stories.get((gap.entry.subject, place.cluster))
    return {
        "cluster": place.cluster,
        "name": place.cluster_name,
        "hamlet": place.hamlet_name,
        "reason": why(story, translate) if story is not None else reason_words(gap.entry, translate),
        "certain": gap.certain,
    }


def _line(line: Line, visit: Visit, stories: Mapping[int, Story]) -> dict[str, object]:
    entry, zone, translate = line.entry, visit.station.rules.zone, visit.translate
    story = stories.get(line.number)
    short = translate(REASONS.get(entry.reason, entry.reason)) if entry.reason else None
    icon, colour = words.OUTCOME_LOOKS[entry.outcome]
    return {
        "number": line.number,
        "title": entry.title,
        "href": f"/luot-phat/{entry.subject}" if entry.kind.value == "airing" else None,
        "source": translate(SOURCE_NAMES[entry.source]),
        "hamlet": entry.place.hamlet_name,
        "cluster": entry.place.cluster_name,
        "planned": words.clock_to_the_second(entry.planned_at, zone),
        "started": words.clock_to_the_second(entry.started_at, zone) if entry.started_at else None,
        "ended": words.clock_to_the_second(entry.ended_at, zone) if entry.ended_at else None,
        "outcome": translate(OUTCOME_NAMES[entry.outcome]),
        "icon": icon,
        "colour": colour,
        "reason": why(story, translate) if story is not None else short,
        "heard": translate(HEARD_NAMES[entry.heard]) if entry.heard else None,
        "corrects": line.corrects,
        "code": line.sha256[:12],
    }
