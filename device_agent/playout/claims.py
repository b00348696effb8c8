"""Who asks for the sound device now or within the next seconds, and in which order.

The order is the law's: a live alert over everything (an actual one over the hamlet's button, that over a drill), then
emergency, priority, relay, ordinary, filler. Equal ranks follow the plan's order and never cut each other.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from device_agent.playout import quiet, relaying
from device_agent.playout.alerting import alert_claims
from device_agent.playout.claim import BREATH, PREPARE_LEAD, SET_BACK, Claim, gain_db, may_be_tried
from device_agent.playout.values import Moment, Rank, Sound, SoundKey, Suspended
from wire.messages import AfterInterruption, PlannedAiring, Together

LATE_MARGIN = timedelta(milliseconds=100)
"""A late start takes effect a little after it was decided; it must still be before `not_after`."""
WORTH_JOINING_MS = 500
_JOIN_LEAD_MS = 300
"""Shorter than START_LEAD: what is held is told to start before its position is given up for the next."""


def claims(moment: Moment) -> list[Claim]:
    """Return every claim that is due within `PREPARE_LEAD`, the best first."""
    found = [*alert_claims(moment), *_airing_claims(moment)]
    return sorted(found, key=lambda claim: claim.order)


def first_of(found: Sequence[Claim]) -> Claim | None:
    """Return the claim to serve first: the best one, unless another is over before that one wants to begin.

    A jingle of two seconds before a relay, which outranks it, is due within the same `PREPARE_LEAD`.
    """
    best = found[0] if found else None
    for claim in found[1:]:
        if best is not None and best.sound.alert is None and _is_over_before(claim, best):
            best = claim
    return best


def _is_over_before(claim: Claim, other: Claim) -> bool:
    length_ms = claim.sound.duration_ms - claim.sound.from_ms
    return length_ms > 0 and claim.begin_at + timedelta(milliseconds=length_ms) <= other.begin_at


def has_sound(airing: PlannedAiring, moment: Moment) -> bool:
    """Return whether the box holds what the airing needs: its file; a relay needs none."""
    return airing.recording is None or airing.recording.sha256 in moment.cached


def is_quiet_as_planned(airing: PlannedAiring, moment: Moment) -> bool:
    """Return whether the airing, begun on time, would meet the quiet hours."""
    return _is_quiet(airing, airing.start_at, moment=moment, from_ms=0)


def is_quiet_now(airing: PlannedAiring, moment: Moment, *, from_ms: int = 0) -> bool:
    """Return whether the airing, begun now at that place, would meet the quiet hours."""
    return _is_quiet(airing, max(moment.now, airing.start_at), moment=moment, from_ms=from_ms)


def _airing_claims(moment: Moment) -> Iterator[Claim]:
    if moment.plan is None or moment.trusted_since is None:
        return
    for index, airing in enumerate(moment.plan.airings):
        if airing.start_at - PREPARE_LEAD > moment.now or relaying.is_over(airing, moment.now):
            continue
        claim = _airing_claim(airing, moment, index=index)
        if claim is not None and may_be_tried(claim.sound.key, moment):
            yield claim


def _airing_claim(airing: PlannedAiring, moment: Moment, *, index: int) -> Claim | None:
    if airing.airing_id in moment.ledger.final or airing.airing_id in moment.on_air:
        return None
    if not has_sound(airing, moment) or is_quiet_as_planned(airing, moment):
        return None
    rank, suspended = relaying.rank_of(airing), moment.ledger.suspended.get(airing.airing_id)
    if _waits_to_join(airing, rank, suspended, moment):
        return None
    from_ms, begin_at = _entry(airing, suspended, moment)
    late = begin_at <= moment.now
    begin_at = max(begin_at, moment.now)
    if begin_at + (LATE_MARGIN if late else timedelta(0)) > airing.not_after:
        return None
    if _is_past(airing, from_ms) or _is_quiet(airing, begin_at, moment=moment, from_ms=from_ms):
        return None
    whole_db = gain_db(airing.gain_db, moment)
    file = airing.audio.sha256 if airing.audio is not None else ""
    place = relaying.line_of(airing.relay) if airing.relay is not None else from_ms
    sound = Sound(
        key=SoundKey(f"airing/{airing.airing_id}/{place}/{file[:12]}/{whole_db:+.1f}"),
        rank=rank, recording=file, gain_db=whole_db, from_ms=from_ms, airing=airing,
    )  # fmt: skip
    return Claim(sound=sound, begin_at=begin_at, order=(-rank, 0, airing.start_at, index))


def _is_past(airing: PlannedAiring, from_ms: int) -> bool:
    """Return whether nothing is left of it there, or so little of one in unison that a decoder may find nothing."""
    least_ms = WORTH_JOINING_MS if airing.together is Together.UNISON and airing.relay is None and from_ms > 0 else 0
    return airing.duration_ms > 0 and from_ms > airing.duration_ms - least_ms


def _entry(airing: PlannedAiring, suspended: Suspended | None, moment: Moment) -> tuple[int, datetime]:
    """Return from which millisecond of the file, and when, the airing wants to begin or to go on."""
    go_on_at = max(airing.start_at, _go_on_at(suspended, moment))  # it may have been planned for later meanwhile
    if relaying.joins(airing, now=moment.now, was_interrupted=suspended is not None):
        if airing.relay is not None:
            return relaying.elapsed_ms(airing, max(go_on_at, moment.now)), go_on_at
        from_ms = relaying.next_join_ms(airing, now=moment.now, lead_ms=_JOIN_LEAD_MS)
        return from_ms, airing.start_at + timedelta(milliseconds=from_ms)
    if suspended is None:
        return 0, airing.start_at
    is_same = airing.recording is not None and airing.recording.sha256 == suspended.recording
    if is_same and airing.after_interruption is AfterInterruption.RESUME:
        return _sentence_ms(airing, before_ms=suspended.position_ms), go_on_at
    return 0, go_on_at


def _sentence_ms(airing: PlannedAiring, *, before_ms: int) -> int:
    """Return where the sentence begins that this position lies in; of a last one too short to be found, the one
    before it."""
    latest_ms = min(before_ms, airing.duration_ms - WORTH_JOINING_MS) if airing.duration_ms > 0 else before_ms
    return max((offset for offset in airing.sentence_offsets_ms if offset <= latest_ms), default=0)


def _go_on_at(suspended: Suspended | None, moment: Moment) -> datetime:
    """Return when something interrupted may go on: a breath after the silence began."""
    if suspended is None:
        return moment.now
    silent_since = max(suspended.since, moment.busy_until or suspended.since)
    return silent_since + BREATH if silent_since - moment.now <= SET_BACK else moment.now


def _waits_to_join(airing: PlannedAiring, rank: Rank, suspended: Suspended | None, moment: Moment) -> bool:
    """Return whether it comes in late, behind something that it cannot silence: made ready now, it would be stale."""
    if not relaying.joins(airing, now=moment.now, was_interrupted=suspended is not None):
        return False
    return moment.active is not None and moment.active.sound.rank >= rank


def _is_quiet(airing: PlannedAiring, begin_at: datetime, *, moment: Moment, from_ms: int) -> bool:
    if moment.plan is None:
        return False
    remaining = timedelta(milliseconds=max(0, airing.duration_ms - from_ms))
    return quiet.touches(begin_at, begin_at + remaining, moment.plan.quiet_hours, zone=moment.zone)
