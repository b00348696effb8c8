"""Airings and recordings as the boxes are told of them."""

from collections.abc import Mapping
from datetime import timedelta

from broadcaster.domain.timetable import Airing
from broadcaster.domain.week.planned import Relayed
from broadcaster.store.recordings import Recording
from wire import chunks, messages


def planned_airing(airing: Airing, sounds: Mapping[str, Recording]) -> messages.PlannedAiring:
    """Return an airing as the box is told of it: in a session all boxes are together, and a relay is joined again."""
    sound = sounds.get(airing.file_sha256 or "")
    together, after = messages.Together.ALONE, messages.AfterInterruption.RESTART
    if airing.joins_late:
        together, after = messages.Together.UNISON, messages.AfterInterruption.REJOIN
    return messages.PlannedAiring(
        airing_id=airing.id,
        start_at=airing.start_at,
        not_after=airing.not_after,
        priority=messages.Priority.FILLER if airing.is_filler else messages.Priority(airing.priority.value),
        recording=audio_ref(sound) if sound is not None and airing.relay is None else None,
        relay=_relay(airing, airing.relay, filler=sound) if airing.relay is not None else None,
        title=airing.title,
        together=together,
        after_interruption=after,
        sentence_offsets_ms=sound.sentence_offsets_ms if sound is not None and airing.relay is None else (),
    )


def _relay(airing: Airing, relay: Relayed, *, filler: Recording | None) -> messages.Relay:
    return messages.Relay(
        urls=relay.urls,
        duration_ms=airing.duration // timedelta(milliseconds=1),
        silence_ms=relay.silence // timedelta(milliseconds=1),
        filler=audio_ref(filler) if filler is not None else None,
    )


def audio_ref(sound: Recording) -> messages.AudioRef:
    """Return a recording as the box fetches and checks it."""
    return messages.AudioRef(
        sha256=sound.sha256,
        size_bytes=sound.size_bytes,
        chunks=chunks.count_for(sound.size_bytes),
        duration_ms=sound.duration_ms,
    )
