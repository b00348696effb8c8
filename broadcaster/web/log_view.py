"""The broadcast log and the ledger of what was missed, in words."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from broadcaster.domain.delivery import HEARD_NAMES, OUTCOME_NAMES
from broadcaster.domain.records.logbook import NOT_IN_EARNEST, SOURCE_NAMES, Line, Source
from broadcaster.domain.records.missed import Gap, Missed
from broadcaster.services.records.explaining import Answer, in_words
from broadcaster.web import words
from broadcaster.web.i18n import Translate
from broadcaster.web.session import Visit

_AIRING, _ALERT = "/luot-phat/{subject}", "/tin-khan/{subject}"
_HREFS = {
    Source.BULLETIN: _AIRING, Source.LIBRARY: _AIRING, Source.RELAY: _AIRING,
    Source.ALERT: _ALERT, Source.EXERCISE: _ALERT, Source.TEST: _ALERT,
}  # fmt: skip
"""Where the thing itself is shown; what a button started on the spot has no page of its own."""

Stories = Mapping[tuple[str, str], Answer]
"""Of an airing on a cluster, all that is known of it."""


def days(lines: Sequence[Line], visit: Visit, stories: Mapping[int, Answer]) -> list[dict[str, object]]:
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


def _gap(gap: Gap, translate: Translate, stories: Stories) -> dict[str, object]:
    place = gap.entry.place
    return {
        "cluster": place.cluster,
        "name": place.cluster_name,
        "hamlet": place.hamlet_name,
        "reason": in_words(stories[gap.entry.subject, place.cluster], translate),
        "certain": gap.certain,
    }


def _line(line: Line, visit: Visit, stories: Mapping[int, Answer]) -> dict[str, object]:
    entry, zone, translate = line.entry, visit.station.rules.zone, visit.translate
    icon, colour = words.OUTCOME_LOOKS[entry.outcome]
    return {
        "number": line.number,
        "title": entry.title,
        "href": _HREFS[entry.source].format(subject=entry.subject) if entry.source in _HREFS else None,
        "practised": entry.source in NOT_IN_EARNEST,
        "emergency": entry.source in {Source.ALERT, Source.BUTTON},
        "source": translate(SOURCE_NAMES[entry.source]),
        "hamlet": entry.place.hamlet_name,
        "cluster": entry.place.cluster_name,
        "planned": words.clock_to_the_second(entry.planned_at, zone),
        "started": words.clock_to_the_second(entry.started_at, zone) if entry.started_at else None,
        "ended": words.clock_to_the_second(entry.ended_at, zone) if entry.ended_at else None,
        "outcome": translate(OUTCOME_NAMES[entry.outcome]),
        "icon": icon,
        "colour": colour,
        "reason": in_words(stories[line.number], translate),
        "heard": translate(HEARD_NAMES[entry.heard]) if entry.heard else None,
        "corrects": line.corrects,
        "code": line.sha256[:12],
    }
