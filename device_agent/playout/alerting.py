"""Which alert sounds, with its siren or its words, whose turn it is, and where what sounds may be cut. Pure.

- A real, public alert begins with its siren, at once and over everything. The pattern is repeated until the words are
  here (after five minutes only every two), and they follow it without a gap: the first pattern always sounds to its
  end, a repeated one gives way at the end of its stroke.
- Words sound `times` times with a breath between; that is a round. The next one begins again with the siren,
  `repeat_every_s` after the end of the last, or at whole multiples of it in the station's day.
- Another version of what sounds, and a newer alert of the same rank, come in at the end of the sentence or of the
  siren's stroke; where that is more than eight seconds away, at once. What they interrupted begins its round anew.
- Of two alerts of one rank none slips into the other's round; then the one that was silent for longer has its turn.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from device_agent.playout import siren
from device_agent.playout.claim import (
    BREATH,
    PREPARE_LEAD,
    START_LEAD,
    YIELD_LEAD,
    Claim,
    gain_db,
    may_be_tried,
)
from device_agent.playout.pressed import PressedAlert
from device_agent.playout.values import Active, AlertProgress, Moment, Part, Rank, Sound, SoundKey, Start
from wire.messages import AlertStatus, LiveAlert, Reason

CUT_WITHIN = timedelta(seconds=8)
"""How long the end of a sentence or of a stroke is waited for at most; a longer wait is none at all."""
UNBROKEN = timedelta(minutes=5)
SPARSE = timedelta(minutes=2)
EFFECTIVE_TOLERANCE = timedelta(seconds=1)
_TICK = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """What an alert wants to sound next; `age` tells the newer of two, `is_fresh` that nothing of it has sounded."""

    alert: LiveAlert
    progress: AlertProgress
    part: Part
    begin_at: datetime
    age: tuple[datetime, int]
    is_fresh: bool

    @property
    def is_running(self) -> bool:
        return self.progress.plays > 0 or self.progress.sirens > 0


def alert_claims(moment: Moment) -> list[Claim]:
    """Return what the live alerts want to sound within the next seconds, the one whose turn it is first."""
    turns = [turn for turn in _turns(moment) if turn.begin_at - PREPARE_LEAD <= moment.now]
    claims = [Claim(sound=_sound(turn, moment), begin_at=turn.begin_at, order=_LAST) for turn in _in_turn(turns)]
    tried = [claim for claim in claims if may_be_tried(claim.sound.key, moment)]
    return [replace(claim, order=(-claim.sound.rank, n, claim.begin_at, 0)) for n, claim in enumerate(tried)]


def is_live(alert: LiveAlert, now: datetime) -> bool:
    """Return whether the alert may begin to sound now."""
    return alert.effective_at - EFFECTIVE_TOLERANCE <= now < alert.expires_at


def has_words(alert: LiveAlert, moment: Moment) -> bool:
    """Return whether the box holds the alert's recording."""
    return alert.recording is not None and alert.recording.sha256 in moment.cached


def after_part(progress: AlertProgress, sound: Sound, *, ended_at: datetime) -> AlertProgress:
    """Return `progress` after one more pattern of the siren, or one more play of the words."""
    if sound.part is Part.SIREN:
        began_at = ended_at - timedelta(milliseconds=sound.duration_ms)
        return replace(
            progress, sirens=progress.sirens + 1, ended_at=ended_at, siren_since=progress.siren_since or began_at
        )
    times = sound.alert.times if sound.alert is not None else 1
    if progress.plays + 1 >= times:
        return AlertProgress(rounds=progress.rounds + 1, ended_at=ended_at, concluded=True)
    return replace(progress, plays=progress.plays + 1, ended_at=ended_at)


def broken_off(progress: AlertProgress, *, ended_at: datetime) -> AlertProgress:
    """Return `progress` after something interrupted the running round, which will begin anew."""
    return AlertProgress(rounds=progress.rounds, ended_at=ended_at, concluded=progress.concluded)


def next_part(
    alert: LiveAlert, progress: AlertProgress, *, has_words: bool, zone: tzinfo
) -> tuple[Part, datetime | None] | None:
    """Return what is to sound next and when (None: at once); None when there is nothing to sound."""
    words = (Part.SPEECH,) if has_words else ()
    ended_at = progress.ended_at
    if ended_at is None:
        return next(((part, None) for part in (*_siren_of(alert), *words)), None)
    if progress.plays > 0:
        return next(((part, ended_at + BREATH) for part in words), None)
    if progress.sirens > 0:
        return (Part.SPEECH, ended_at) if words else (Part.SIREN, _siren_again_at(alert, progress, ended_at))
    begin_at = ended_at + BREATH if progress.rounds == 0 else next_round_at(alert, ended_at, zone=zone)
    return next(((part, begin_at) for part in (*_siren_of(alert), *words) if begin_at is not None), None)


def next_round_at(alert: LiveAlert, ended_at: datetime, *, zone: tzinfo) -> datetime | None:
    """Return when the next round begins after one that ended then; None when there is no other."""
    if alert.repeat_every_s is None:
        return None
    every = timedelta(seconds=alert.repeat_every_s)
    if not alert.on_the_hour:
        return ended_at + every
    local = ended_at.astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return min(midnight + ((local - midnight) // every + 1) * every, midnight + timedelta(days=1))


def start(claim: Claim, moment: Moment) -> Iterator[Start]:
    """Return how an alert's held claim begins now, over whatever sounds; nothing when it is not due yet."""
    active = moment.active
    if active is None:
        if claim.begin_at - START_LEAD <= moment.now:
            yield Start(sound=claim.sound, at=claim.begin_at)
    elif claim.sound.rank > active.sound.rank:
        if claim.begin_at - YIELD_LEAD <= moment.now:
            yield Start(sound=claim.sound, at=claim.begin_at, over=active.stopping or Reason.ALERT)
    elif claim.sound.rank == active.sound.rank and moment.following is None:
        yield from _own(claim, active, moment) if _is_own(claim, active) else _taking_over(claim, active, moment)


def stops_for(active: Active, moment: Moment) -> Reason | None:
    """Return why an alert that sounds is to be silenced now: cancelled, expired, or replaced by another version."""
    alert = active.sound.alert
    named = [a for a in moment.alerts if alert is not None and a.alert_id == alert.alert_id]
    if alert is None or not named:
        return Reason.WITHDRAWN
    same = next((a for a in named if a.version == alert.version), None)
    if (same or alert).expires_at <= moment.now:
        return Reason.TOO_LATE
    return Reason.WITHDRAWN if same is None and _cut_at(active, moment.now) <= moment.now else None


def instants(moment: Moment) -> Iterator[datetime]:
    """Return when something changes by itself with the live alerts."""
    for alert in moment.alerts:
        yield alert.effective_at - EFFECTIVE_TOLERANCE
        yield alert.expires_at
    for turn in _turns(moment):
        yield turn.begin_at - PREPARE_LEAD
        yield turn.begin_at - START_LEAD
        yield turn.begin_at
    if moment.active is not None and moment.active.sound.alert is not None:
        yield moment.active.sound.alert.expires_at
        cut_at = _cut_at(moment.active, moment.now)
        yield cut_at if cut_at > moment.now else moment.now + CUT_WITHIN  # far from a boundary it may be cut any time


def boundary(active: Active, now: datetime) -> datetime:
    """Return where an alert may next be cut: at the end of its sentence or stroke, at once where that is far."""
    sound = active.sound
    if active.started_at is None:
        return now
    position_ms = sound.from_ms + (now - active.started_at) / _TICK
    if sound.part is Part.SIREN:
        cut_ms = siren.stroke_end_ms(sound.siren, position_ms)
    else:
        ends_ms = (*(sound.alert.sentence_offsets_ms if sound.alert is not None else ()), sound.duration_ms)
        cut_ms = min((end_ms for end_ms in ends_ms if end_ms >= position_ms), default=position_ms)
    cut_at = now + (cut_ms - position_ms) * _TICK
    return cut_at if cut_at - now <= CUT_WITHIN else now


_LAST = (0, 0, datetime.max, 0)  # noqa: DTZ901 - a place to be filled in, compared with nothing


def _turns(moment: Moment) -> Iterator[_Turn]:
    for index, alert in enumerate(moment.alerts):
        if not moment.alerts_confirmed and not isinstance(alert, PressedAlert):
            continue  # what was started on the spot needs nobody's word
        turn = _turn(alert, moment, index=index) if is_live(alert, moment.now) else None
        if turn is not None and turn.begin_at < alert.expires_at:
            yield turn


def _turn(alert: LiveAlert, moment: Moment, *, index: int) -> _Turn | None:
    """Return what comes next behind what sounds: that counts as done, so that the next is ready behind it."""
    known = _known(alert, moment)
    progress = known
    own = [run for run in (moment.active, moment.following) if run is not None and _is_of(alert, run.sound)]
    for run in own:
        if run.stopping is None:
            progress = after_part(progress, run.sound, ended_at=run.ends_at or moment.now)
    next_up = next_part(alert, progress, has_words=_words_may_be_tried(alert, moment), zone=moment.zone)
    if next_up is None:
        return None
    part, begin_at = next_up
    if part is Part.SPEECH and known.sirens > 0 and own and own[-1].sound.part is Part.SIREN:
        begin_at = boundary(own[-1], moment.now)  # the words have come: the repeated siren need not go on
    return _Turn(
        alert=alert, progress=progress, part=part, begin_at=max(moment.now, begin_at or moment.now),
        age=(alert.effective_at, index), is_fresh=known.ended_at is None and not own,
    )  # fmt: skip


def _known(alert: LiveAlert, moment: Moment) -> AlertProgress:
    """Return what the ledger says; a clock that was set back must not silence an alert."""
    known = moment.ledger.alerts.get((alert.alert_id, alert.version), AlertProgress())
    return known if known.ended_at is None else replace(known, ended_at=min(known.ended_at, moment.now))


def _in_turn(turns: Iterable[_Turn]) -> list[_Turn]:
    """Return them by rank, and within a rank: what is newer than the running round, that, new ones, the rest."""
    newest_first = sorted(turns, key=lambda turn: turn.age, reverse=True)
    running = {_rank(turn.alert): turn for turn in reversed(newest_first) if turn.is_running}

    def place(turn: _Turn) -> tuple[int, int, float]:
        rank = _rank(turn.alert)
        ahead = running.get(rank)
        if turn is ahead:
            return -rank, 1, 0.0
        if turn.is_fresh:
            return -rank, 0 if ahead is None or turn.age > ahead.age else 2, 0.0
        return -rank, 3, turn.progress.ended_at.timestamp() if turn.progress.ended_at is not None else 0.0

    return sorted(newest_first, key=place)


def _own(claim: Claim, active: Active, moment: Moment) -> Iterator[Start]:
    """Return how words follow their siren: told ahead, at its end; or at once, when it only goes on for their sake."""
    ends_at = active.ends_at
    if ends_at is None or active.sound.part is not Part.SIREN or claim.sound.part is not Part.SPEECH:
        return
    if claim.begin_at >= ends_at - _TICK:
        if ends_at - START_LEAD <= moment.now:
            yield Start(sound=claim.sound, at=claim.begin_at)
    elif claim.begin_at <= moment.now:
        yield Start(sound=claim.sound, at=claim.begin_at, continues=True)


def _taking_over(claim: Claim, active: Active, moment: Moment) -> Iterator[Start]:
    """Return how an alert comes in over another of its rank, if it may."""
    is_replaced = _is_replaced(active, moment)
    if active.stopping is None and not is_replaced and not _is_newer(claim, active, moment):
        return
    cut_at = moment.now if active.stopping is not None else _cut_at(active, moment.now)
    if cut_at <= moment.now:
        begin_at = max(claim.begin_at, boundary(active, moment.now))
        reason = Reason.WITHDRAWN if is_replaced else Reason.ALERT
        yield Start(sound=claim.sound, at=begin_at, over=active.stopping or reason)


def _cut_at(active: Active, now: datetime) -> datetime:
    """Return when it must be told to stop so that it is silent at its boundary; a stroke is left its whole length."""
    cut_at = boundary(active, now)
    return cut_at if active.sound.part is Part.SIREN else cut_at - YIELD_LEAD


def _is_replaced(active: Active, moment: Moment) -> bool:
    playing = active.sound.alert
    versions = [a.version for a in moment.alerts if playing is not None and a.alert_id == playing.alert_id]
    return playing is not None and playing.version not in versions


def _is_newer(claim: Claim, active: Active, moment: Moment) -> bool:
    """Return whether it is an alert that has not sounded yet, and younger than the one that sounds."""
    ages = {(a.alert_id, a.version): (a.effective_at, index) for index, a in enumerate(moment.alerts)}
    mine, other = claim.sound.alert, active.sound.alert
    if mine is None or other is None or _known(mine, moment).ended_at is not None:
        return False
    mine_age, other_age = ages.get((mine.alert_id, mine.version)), ages.get((other.alert_id, other.version))
    return mine_age is not None and other_age is not None and mine_age > other_age


def _is_own(claim: Claim, active: Active) -> bool:
    return claim.sound.alert is not None and _is_of(claim.sound.alert, active.sound)


def _is_of(alert: LiveAlert, sound: Sound) -> bool:
    other = sound.alert
    return other is not None and (other.alert_id, other.version) == (alert.alert_id, alert.version)


def _siren_of(alert: LiveAlert) -> tuple[Part, ...]:
    return (Part.SIREN,) if alert.bursts else ()


def _siren_again_at(alert: LiveAlert, progress: AlertProgress, ended_at: datetime) -> datetime:
    wailed = ended_at - (progress.siren_since or ended_at)
    return ended_at + (timedelta(milliseconds=siren.rest_ms(alert.bursts)) if wailed < UNBROKEN else SPARSE)


def _words_may_be_tried(alert: LiveAlert, moment: Moment) -> bool:
    """Return whether there are words to sound: here, and not found to be unreadable."""
    if not has_words(alert, moment):
        return False
    file = alert.recording.sha256[:12] if alert.recording is not None else ""
    prefix, middle = f"alert/{alert.alert_id}/{alert.version}/", f"/{file}/"
    hopeless = [key for key, failure in moment.failures.items() if failure.retry_at is None]
    return not any(key.startswith(prefix) and middle in key for key in hopeless)


def _rank(alert: LiveAlert) -> Rank:
    if isinstance(alert, PressedAlert):
        return Rank.ALERT_PRESSED
    return Rank.ALERT_ACTUAL if alert.status is AlertStatus.ACTUAL else Rank.ALERT_EXERCISE


def _sound(turn: _Turn, moment: Moment) -> Sound:
    alert, progress, whole_db = turn.alert, turn.progress, gain_db(turn.alert.gain_db, moment)
    named = f"alert/{alert.alert_id}/{alert.version}/{progress.rounds}"
    if turn.part is Part.SIREN:
        goes = "-".join(f"{burst.on_ms}.{burst.off_ms}x{burst.times}" for burst in alert.bursts)
        return Sound(
            key=SoundKey(f"{named}.s{progress.sirens}/{goes}/{whole_db:+.1f}"), rank=_rank(alert), recording="",
            gain_db=whole_db, alert=alert, part=Part.SIREN, siren=alert.bursts,
        )  # fmt: skip
    file = alert.recording.sha256 if alert.recording is not None else ""
    return Sound(
        key=SoundKey(f"{named}.{progress.plays}/{file[:12]}/{whole_db:+.1f}"), rank=_rank(alert), recording=file,
        gain_db=whole_db, alert=alert, part=Part.SPEECH,
    )  # fmt: skip
