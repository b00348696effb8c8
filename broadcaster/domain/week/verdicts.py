"""What becomes of a session: it sounds, it is refused, it has nothing to air, or it was planned too late."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from broadcaster.domain.week.grants import Grant, Session, Tally, grant
from broadcaster.domain.week.ground import Ground
from broadcaster.domain.week.planned import AHEAD, Item, LeftOut, Occurrence, Verdict
from broadcaster.domain.week.reasons import NothingToAir, PlannedTooLate
from broadcaster.domain.week.sitting import Sitting


def granted(
    given: Grant, lanes: Sequence[tuple[Sitting, tuple[Item, ...]]], *, ground: Ground, zone: ZoneInfo
) -> Occurrence:
    """Return the verdict on a session that was planned anew, with what is aired in each of its lanes."""
    programme, key = given.session.programme, given.session.key
    sounding = 0
    for sitting, items in lanes:
        if items:
            sounding |= sitting.lane.mask
    left_out = [LeftOut(clusters=ground.clusters(mask), reason=why) for mask, why in given.left_out]
    if given.lanes and not sounding:
        why = NothingToAir(due_at=key.due_at.astimezone(zone))
        left_out.append(LeftOut(clusters=ground.clusters(given.mask), reason=why))
    return Occurrence(
        key=key,
        title=programme.title,
        audience=programme.audience,
        clusters=ground.clusters(sounding),
        ends_by=max((lane.end_at for lane in given.lanes), default=given.session.end_at),
        verdict=Verdict.SOUNDS if sounding else Verdict.EMPTY if given.lanes else Verdict.REFUSED,
        left_out=tuple(left_out),
        omitted=tuple(dict.fromkeys(o for sitting, _ in lanes for o in sitting.omitted)),
        special=bool(programme.special),
    )


def silent(session: Session, *, ground: Ground, tally: Tally, since: datetime, zone: ZoneInfo) -> Occurrence:
    """Return the verdict on a session that became due with nothing planned for it.

    Whoever planned at `since` had it before them, unless it was too far ahead or came only later: then it was
    refused, or empty.
    """
    programme, due = session.programme, session.key.due_at
    mask, local = ground.mask(programme.audience), due.astimezone(zone)
    came_later = programme.in_force_from is not None and programme.in_force_from > since
    asked = grant(session, ground=ground, tally=tally, counted=False)
    left_out = [LeftOut(clusters=ground.clusters(refused), reason=why) for refused, why in asked.left_out]
    if came_later or due > since + AHEAD:
        verdict = Verdict.MISSED
        left_out = [LeftOut(clusters=ground.clusters(mask), reason=PlannedTooLate(due_at=local))]
    elif asked.lanes:
        verdict = Verdict.EMPTY
        left_out.append(LeftOut(clusters=ground.clusters(asked.mask), reason=NothingToAir(due_at=local)))
    else:
        verdict = Verdict.REFUSED
    return Occurrence(
        key=session.key,
        title=programme.title,
        audience=programme.audience,
        clusters=frozenset(),
        ends_by=session.end_at,
        verdict=verdict,
        left_out=tuple(left_out),
        special=bool(programme.special),
    )
