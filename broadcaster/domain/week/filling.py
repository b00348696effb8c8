"""Packing the sessions: into each box, by priority and then by age, whatever fits; two that fight want a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from broadcaster.domain.bulletin import Priority
from broadcaster.domain.programme import BoxSegment, OccurrenceKey, Section, Sound, SoundName
from broadcaster.domain.week.answers import ExpiresBefore, TooLongForBox
from broadcaster.domain.week.ground import Mask
from broadcaster.domain.week.planned import Item
from broadcaster.domain.week.reasons import Reason
from broadcaster.domain.week.sitting import Part, Sitting
from broadcaster.domain.week.waiting import Round, Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Barred:
    """A session, or a part of it, that nothing can go into any more, and why."""

    key: OccurrenceKey
    mask: Mask
    sections: frozenset[Section]
    reason: Reason


@dataclass(slots=True, kw_only=True, eq=False)
class _Candidate:
    waiting: Waiting
    round: Round
    mask: Mask


def fill(
    sittings: Sequence[Sitting],
    barred: Sequence[Barred],
    waiting: Sequence[Waiting],
    *,
    sounds: Mapping[SoundName, Sound],
) -> tuple[tuple[Sitting, tuple[Item, ...]], ...]:
    """Fill the sessions in the order of their time, and return each with its airings. The states are moved on."""
    still = [each for each in sorted(waiting, key=lambda each: each.order) if not each.is_done]
    filled = []
    steps: list[Sitting | Barred] = sorted((*sittings, *barred), key=_when)
    by_bulletin = {each.request.bulletin: each for each in waiting}
    for step in steps:
        if isinstance(step, Barred):
            _note_barred(step, still)
            continue
        for part, box in step.boxes():
            if candidates := _candidates(step, part, box, still):
                _fill_box(step, part, candidates)
                still = [each for each in still if not each.is_done]
        items = step.close(sounds)
        for item in items:
            if item.bulletin is not None:
                by_bulletin[item.bulletin].items.append(item)
        filled.append((step, items))
    return tuple(filled)


def _when(step: Sitting | Barred) -> tuple[OccurrenceKey, bool, str]:
    """Sessions by time; what bars one first, since it is the reason why a bulletin goes elsewhere."""
    return (step.key, False, "") if isinstance(step, Barred) else (step.session.key, True, step.suffix)


def _note_barred(barred: Barred, still: Sequence[Waiting]) -> None:
    for each in still:
        wanted = each.wants(key=barred.key, section_ok=barred.sections, mask=barred.mask)
        if wanted is not None and wanted[0].obstacle is None:
            wanted[0].obstacle = barred.reason


def _candidates(sitting: Sitting, part: Part, box: BoxSegment, still: Sequence[Waiting]) -> list[_Candidate]:
    found = []
    for each in still:
        wanted = each.wants(key=sitting.session.key, section_ok=box.sections, mask=part.mask)
        if wanted is not None:
            found.append(_Candidate(waiting=each, round=wanted[0], mask=wanted[1]))
    return found


def _fill_box(sitting: Sitting, part: Part, candidates: list[_Candidate]) -> None:
    while True:
        sitting.empty(part)
        failed: list[tuple[_Candidate, Reason]] = []
        accepted: list[_Candidate] = []
        for each in candidates:
            why = sitting.offer(part, each.waiting.request, each.mask)
            if why is None:
                accepted.append(each)
            else:
                failed.append((each, why))
        fight = _contest(accepted, failed)
        if not fight:
            break
        _note_contest(sitting, fight)
        candidates = [each for each in candidates if each not in fight]
    for each in accepted:
        each.waiting.settle(each.round, each.mask, sitting.session.key)
    for each, why in failed:
        each.round.obstacle = each.round.obstacle or why


def _contest(accepted: Sequence[_Candidate], failed: Sequence[tuple[_Candidate, Reason]]) -> list[_Candidate]:
    """Return the *ưu tiên* bulletins that keep each other out where nobody has said which goes first: all of them."""
    fight: list[_Candidate] = []
    for loser, why in failed:
        if not _is_priority(loser) or isinstance(why, TooLongForBox | ExpiresBefore):
            continue
        winners = [
            each
            for each in accepted
            if _is_priority(each)
            and each.mask & loser.mask
            and not (_is_ranked(each) and _is_ranked(loser))
        ]  # fmt: skip
        if winners:
            fight += [each for each in (*winners, loser) if each not in fight]
    return fight


def _note_contest(sitting: Sitting, fight: Sequence[_Candidate]) -> None:
    for each in fight:
        each.waiting.contested_at = sitting.local_due
        each.waiting.rivals = tuple(
            other.waiting.request.bulletin for other in fight if other is not each and other.mask & each.mask
        )


def _is_priority(each: _Candidate) -> bool:
    return each.waiting.request.priority is Priority.PRIORITY


def _is_ranked(each: _Candidate) -> bool:
    return each.waiting.request.rank is not None
