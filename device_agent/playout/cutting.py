"""Where an alert that sounds may be cut so that it hurts least: behind a sentence, behind a stroke of the siren."""

from datetime import datetime, timedelta

from device_agent.playout import siren
from device_agent.playout.claim import YIELD_LEAD
from device_agent.playout.values import Active, Part

CUT_WITHIN = timedelta(seconds=8)
"""How long the end of a sentence or of a stroke is waited for at most; a longer wait is none at all."""
_TICK = timedelta(milliseconds=1)


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


def cut_at(active: Active, now: datetime) -> datetime:
    """Return when it must be told to stop so that it is silent at its boundary; a stroke is left its whole length."""
    at = boundary(active, now)
    return at if active.sound.part is Part.SIREN else at - YIELD_LEAD
