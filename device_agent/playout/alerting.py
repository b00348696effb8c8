"""Which alert sounds, with its siren or its words, whose turn it is, and where what sounds may be cut. Pure.

- A real, public alert begins with its siren, at once and over everything. The pattern is repeated until the words are
  here (after five minutes only every two), and they follow it without a gap: the first pattern always sounds to its
  end, a repeated one gives way at the end of its stroke.
- Words sound `times` times with a breath between; that is a round. The next one begins again with the siren,
  `repeat_every_s` after the end of the last, or at whole multiples of it in the station's day.
- Another version of what sounds, and a newer alert of the same rank, come in at the end of the sentence or of the
  siren's stroke; where that is more than eight seconds away, at once. What they interrupted begins its round anew.
- A drill and a test begin nothing in quiet hours: what sounds then is real.
- Of two alerts of one rank none slips into the other's round; then the one that was silent for longer has its turn. An
  alert that waits for its words gives way after each pattern; words that come a minute later get their siren anew.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from device_agent.playout import quiet, siren
from device_agent.playout.claim import (
    BREATH,
    FOLLOW_LEAD,
    PREPARE_LEAD,
    SET_BACK,
    START_LEAD,
    Claim,
    gain_db,
    may_be_tried,
)
from device_agent.playout.cutting import CUT_WITHIN, boundary, cut_at
from device_agent.playout.pressed import PressedAlert
from device_agent.playout.values import Active, AlertProgress, Moment, Part, Rank, Sound, SoundKey
from wire.messages import AlertStatus, LiveAlert

UNBROKEN = timedelta(minutes=5)
SPARSE = timedelta(minutes=2)
FORGOTTEN = timedelta(minutes=1)
"""A siren so long ago tells nobody to listen any more."""
LEAST_PERIOD_MS = 1000
"""Each pattern is written down; one of a few milliseconds, again and again, would wear out the card."""
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
        """Whether its round has begun and can go on: one that waits for its words keeps nobody else waiting."""
        return self.progress.plays > 0 or (self.progress.sirens > 0 and self.part is Part.SPEECH)


def alert_claims(moment: Moment) -> list[Claim]:
    """Return what the live alerts want to sound within the next seconds, the one whose turn it is first."""
    turns = [turn for turn in _turns(moment) if turn.begin_at - PREPARE_LEAD <= moment.now]
    claims = [Claim(sound=_sound(turn, moment), begin_at=turn.begin_at, order=_LAST) for turn in _in_turn(turns)]
    tried = [claim for claim in claims if may_be_tried(claim.sound.key, moment)]
    return [replace(claim, order=(-claim.sound.rank, n, claim.begin_at, 0)) for n, claim in enumerate(tried)]


def is_live(alert: LiveAlert, now: datetime) -> bool:
    """Return whether the alert may begin to sound now."""
    return alert.effective_at - EFFECTIVE_TOLERANCE <= now < alert.expires_at


def may_break_quiet(alert: LiveAlert) -> bool:
    """Return whether it may sound at any hour: a live emergency may, a drill and a test may not."""
    return alert.status is AlertStatus.ACTUAL


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


def instants(moment: Moment) -> Iterator[datetime]:
    """Return when something changes by itself with the live alerts."""
    for alert in moment.alerts:
        yield alert.effective_at - EFFECTIVE_TOLERANCE
        yield alert.expires_at
    for turn in _turns(moment):
        yield turn.begin_at - PREPARE_LEAD
        yield turn.begin_at - FOLLOW_LEAD
        yield turn.begin_at - START_LEAD
        yield turn.begin_at
    if moment.active is not None and moment.active.sound.alert is not None:
        yield moment.active.sound.alert.expires_at
        next_cut_at = cut_at(moment.active, moment.now)
        yield (
            next_cut_at if next_cut_at > moment.now else moment.now + CUT_WITHIN
        )  # far from a boundary it may be cut any time


_LAST = (0, 0, datetime.max, 0)  # noqa: DTZ901 - a place to be filled in, compared with nothing


def _turns(moment: Moment) -> Iterator[_Turn]:
    for index, alert in enumerate(moment.alerts):
        if not moment.alerts_confirmed and not isinstance(alert, PressedAlert):
            continue  # what was started on the spot needs nobody's word
        turn = _turn(alert, moment, index=index) if is_live(alert, moment.now) else None
        if turn is None or turn.begin_at >= alert.expires_at:
            continue
        if may_break_quiet(alert) or not quiet.is_at(turn.begin_at, moment):
            yield turn


def _turn(alert: LiveAlert, moment: Moment, *, index: int) -> _Turn | None:
    """Return what comes next behind what sounds: that counts as done, so that the next is ready behind it."""
    known = known_of(alert, moment)
    progress = known
    own = [run for run in (moment.active, moment.following) if run is not None and is_of(alert, run.sound)]
    for run in own:
        if run.stopping is None:
            progress = after_part(progress, run.sound, ended_at=_end_of(run, moment))
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


def _end_of(run: Active, moment: Moment) -> datetime:
    """Return when it will have ended, as far as that can be told: what follows begins where the active sound ends."""
    ahead = moment.active.ends_at if run is moment.following and moment.active is not None else None
    if ahead is not None:
        return ahead + timedelta(milliseconds=run.sound.duration_ms)
    return run.ends_at or moment.now


def known_of(alert: LiveAlert, moment: Moment) -> AlertProgress:
    """Return what the ledger says; a clock that was set back must not silence an alert."""
    known = moment.ledger.alerts.get((alert.alert_id, alert.version), AlertProgress())
    if known.ended_at is None:
        return known
    ended_at, every = known.ended_at, timedelta(seconds=alert.repeat_every_s or 0)
    is_running = known.plays > 0 or known.sirens > 0
    if ended_at - moment.now > (SET_BACK if is_running else max(SET_BACK, every)):
        ended_at = moment.now - max(UNBROKEN, every)
    known = replace(known, ended_at=ended_at)
    is_forgotten = known.sirens > 0 and known.plays == 0 and moment.now - ended_at > FORGOTTEN
    return replace(known, sirens=0) if is_forgotten and has_words(alert, moment) else known


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


def is_of(alert: LiveAlert, sound: Sound) -> bool:
    """Return whether it is this version of this alert that sounds."""
    other = sound.alert
    return other is not None and (other.alert_id, other.version) == (alert.alert_id, alert.version)


def _siren_of(alert: LiveAlert) -> tuple[Part, ...]:
    return (Part.SIREN,) if alert.bursts else ()


def _siren_again_at(alert: LiveAlert, progress: AlertProgress, ended_at: datetime) -> datetime:
    wailed = ended_at - (progress.siren_since or ended_at)
    rest_ms = max(siren.rest_ms(alert.bursts), LEAST_PERIOD_MS - siren.length_ms(alert.bursts))
    return ended_at + (timedelta(milliseconds=rest_ms) if wailed < UNBROKEN else SPARSE)


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
