"""Listens to relay sources before they are needed: does one answer, is it audio, and is it more than silence?

ffmpeg is the listener, a process of its own that is killed at its deadline; it may take little and go nowhere but to
the network. What was heard is kept for a while, so that pages and bells may ask as often as they like.
"""

import re
import subprocess
import tempfile
import threading
from array import array
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from math import log10

from broadcaster.adapters.ffmpeg import executable
from broadcaster.domain.errors import N_
from broadcaster.domain.rehearsal.values import Probe, SourceState

LISTEN_S = 5.0
LISTEN_AGAIN_S = 12.0
"""Whoever seems silent is listened to longer: a newsreader draws breath too."""
PATIENCE_S = 10.0
"""How long a source may take to connect and to begin, beyond the time of its own sound."""
LOUD_DBFS = -50.0
"""The box's own measure of silence."""
MOST_SOURCES = 64
_RATE = 8_000
_WINDOW = _RATE // 10
_FULL_SCALE = 32_768
_COMPLAINT_BYTES = 4_096
_PROTOCOLS = "http,https,tcp,tls,crypto,httpproxy"
_NOT_AUDIO = N_("không phải luồng âm thanh")
_MEANINGS = (
    (r"connection refused", N_("máy chủ từ chối kết nối"), SourceState.DEAD),
    (r"\b404\b|not found", N_("máy chủ không có luồng này (404)"), SourceState.DEAD),
    (r"\b40[13]\b|unauthorized|forbidden", N_("máy chủ không cho phép nghe"), SourceState.DEAD),
    (r"\b5\d\d\b|server returned 5", N_("máy chủ báo lỗi"), SourceState.DEAD),
    (r"resolve|name or service|getaddrinfo", N_("không tìm thấy máy chủ"), SourceState.DEAD),
    (r"unreachable|no route", N_("không có đường mạng đến máy chủ"), SourceState.DEAD),
    (r"timed? ?out", N_("máy chủ không trả lời"), SourceState.DEAD),
    (r"whitelist|protocol not found", N_("luồng dẫn đến địa chỉ không được phép"), SourceState.DEAD),
    (
        r"invalid data|unrecognized|failed to recognize|matches no streams|could not find codec|no audio",
        _NOT_AUDIO,
        SourceState.NOT_AUDIO,
    ),
)
_NO_ANSWER = N_("máy chủ không trả lời")
_NO_SOUND = N_("luồng không có âm thanh")
_QUIET = N_("có luồng nhưng im lặng")
_PLAYLIST = N_("đây là danh sách phát, xin ghi thẳng địa chỉ luồng ở trong đó")
_LISTS = re.compile(r"\.(m3u|pls)(?=$|[?#])", re.IGNORECASE)

Listen = Callable[[str], Probe]


class Listener:
    """Listens to one source at a time. `close` ends a listening that goes on."""

    def __init__(self, now: Callable[[], datetime], *, patience_s: float = PATIENCE_S) -> None:
        self._now = now
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._closed = False

    def __call__(self, url: str) -> Probe:
        """Return what a source gives; it takes at most a little longer than listening twice does."""
        found = self._listen(url, LISTEN_S)
        return self._listen(url, LISTEN_AGAIN_S) if found.state is SourceState.QUIET else found

    def close(self) -> None:
        """End whatever listens now, and listen no more."""
        with self._lock:
            self._closed = True
            if self._child is not None:
                self._child.kill()

    def _listen(self, url: str, seconds: float) -> Probe:
        with tempfile.TemporaryFile() as complaints:
            try:
                with self._lock:
                    if self._closed:
                        return self._probe(url, SourceState.DEAD, _NO_ANSWER)
                    self._child = subprocess.Popen(  # noqa: S603 - the bundled binary, no shell, options of our own
                        _command(url, seconds, patience_s=self._patience_s),
                        stdin=subprocess.DEVNULL,
                        stdout=subprocess.PIPE,
                        stderr=complaints,
                    )
                    child = self._child
                pcm = _heard(child, deadline_s=seconds + self._patience_s)
            except OSError as exc:
                return self._probe(url, SourceState.DEAD, str(exc)[:100])
            complaints.seek(0)
            return self._judge(url, pcm, complaints.read(_COMPLAINT_BYTES).decode(errors="replace"))

    def _judge(self, url: str, pcm: bytes | None, complaint: str) -> Probe:
        if pcm:
            level = loudest(pcm)
            if level > LOUD_DBFS:
                return self._probe(url, SourceState.SOUNDS, "", level)
            return self._probe(url, SourceState.QUIET, _QUIET, level)
        said = (
            (meaning, state) for pattern, meaning, state in _MEANINGS if re.search(pattern, complaint, re.IGNORECASE)
        )
        meaning, state = next(said, (_NO_ANSWER if pcm is None else _NO_SOUND, SourceState.DEAD))
        if pcm is not None and _LISTS.search(url) and meaning in {_NO_SOUND, _NOT_AUDIO}:
            return self._probe(url, SourceState.NOT_AUDIO, _PLAYLIST)
        return self._probe(url, state, meaning)

    def _probe(self, url: str, state: SourceState, detail: str, level: float | None = None) -> Probe:
        return Probe(url=url, state=state, at=self._now(), detail=detail, level_dbfs=level)


class RelayProbes:
    """What was heard of each source, kept as long as it is fresh."""

    def __init__(self, listen: Listen, now: Callable[[], datetime], *, fresh_for: timedelta) -> None:
        self._listen = listen
        self._now = now
        self._fresh_for = fresh_for
        self._lock = threading.Lock()
        self._known: dict[str, Probe] = {}

    def known(self) -> Mapping[str, Probe]:
        """Return what was heard of each source that is still wanted; it may be a little old."""
        with self._lock:
            return dict(self._known)

    def listen_to_next(self, wanted: Collection[str]) -> bool:
        """Listen to the wanted source that was not heard for the longest time; False when all are fresh."""
        sources = tuple(dict.fromkeys(wanted))[:MOST_SOURCES]
        with self._lock:
            self._known = {url: probe for url, probe in self._known.items() if url in sources}
            due = [url for url in sources if self._is_due(url)]
            due.sort(key=lambda url: self._known[url].at.timestamp() if url in self._known else 0.0)
        if not due:
            return False
        probe = self._listen(due[0])
        with self._lock:
            self._known[due[0]] = probe
        return True

    def listen_to_all(self, wanted: Collection[str]) -> None:
        """Listen to each wanted source that is not fresh, one after the other."""
        while self.listen_to_next(wanted):
            pass

    def _is_due(self, url: str) -> bool:
        probe = self._known.get(url)
        return probe is None or self._now() - probe.at >= self._fresh_for


def loudest(pcm: bytes) -> float:
    """Return the level, in dBFS, of the loudest tenth of a second of mono, signed 16 bit sound."""
    samples = array("h")
    samples.frombytes(pcm[: len(pcm) // 2 * 2])
    windows = (samples[at : at + _WINDOW] for at in range(0, len(samples), _WINDOW))
    power = max((sum(x * x for x in window) / len(window) for window in windows), default=0.0)
    return 10 * log10(power / _FULL_SCALE**2) if power else -120.0


def _command(url: str, seconds: float, *, patience_s: float) -> list[str]:
    source = ["-protocol_whitelist", _PROTOCOLS, "-rw_timeout", f"{patience_s:.0f}000000"]
    source += ["-user_agent", "commune-broadcaster", "-probesize", "65536", "-analyzeduration", "1000000"]
    sound = ["-map", "0:a:0", "-t", f"{seconds:.1f}", "-ac", "1", "-ar", str(_RATE), "-f", "s16le", "pipe:1"]
    return [executable(), "-v", "error", "-nostdin", *source, "-i", url, *sound]


def _heard(child: subprocess.Popen[bytes], *, deadline_s: float) -> bytes | None:
    """Return the sound, at most as much as was asked for; None when nothing came in time."""
    try:
        pcm, _ = child.communicate(timeout=deadline_s)
    except subprocess.TimeoutExpired as exc:
        child.kill()
        rest, _ = child.communicate()
        return rest or exc.stdout or None
    return pcm
