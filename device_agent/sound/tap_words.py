"""How a stream is opened: the command lines of ffmpeg and of mpv, and what their complaints mean in Vietnamese."""

import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from device_agent.sound.port import SoundError

Opening = Callable[[str | Path, float, int], Sequence[str]]
"""From an address or a file (which is repeated without end), a gain in decibels and a file descriptor: a command."""

_PROTOCOLS = "http,https,tcp,tls,crypto,httpproxy"
"""A playlist from the network must not lead to files of the box."""
_IO_TIMEOUT_S = 10
_AGENT = "device-agent"
_MEANINGS = (
    (r"connection refused", "máy chủ từ chối kết nối"),
    (r"\b404\b|not found", "máy chủ không có luồng này (404)"),
    (r"\b40[13]\b|unauthorized|forbidden", "máy chủ không cho phép nghe"),
    (r"\b5\d\d\b|server returned 5", "máy chủ báo lỗi"),
    (r"resolve|name or service|getaddrinfo", "không tìm thấy máy chủ"),
    (r"unreachable|no route", "không có đường mạng đến máy chủ"),
    (r"timed? ?out", "máy chủ không trả lời"),
    (r"certificate|handshake|\btls\b.*(verif|error|fail)", "chứng chỉ của máy chủ không đáng tin"),
    (r"whitelist", "luồng dẫn đến địa chỉ không được phép"),
    (r"invalid data|unrecognized|failed to recognize|could not find codec|no audio", "không phải luồng âm thanh"),
    (r"input/output error|failed to open", "máy chủ không gửi luồng nào"),
)
_SECRET = re.compile(r"(?<=://)[^/?#\s]*@")
_PLAYLIST = re.compile(r"\.(m3u|pls)(?=$|[?#])", re.IGNORECASE)


AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
"""Who may vouch for a server: nobody on the way shall put another voice on the loudspeakers of a village."""


def by_ffmpeg(binary: str, *, authorities: Path = AUTHORITIES) -> Opening:
    """Return how ffmpeg opens a stream."""

    def command(origin: str | Path, gain_db: float, descriptor: int) -> Sequence[str]:
        if isinstance(origin, Path):
            source = ["-stream_loop", "-1", "-i", str(origin)]
        else:
            source = ["-protocol_whitelist", _PROTOCOLS, "-rw_timeout", f"{_IO_TIMEOUT_S}000000"]
            if origin.startswith("https:"):
                source += ["-tls_verify", "1", "-ca_file", str(authorities)]
            source += ["-user_agent", _AGENT, "-probesize", "65536", "-analyzeduration", "1000000", "-i", origin]
        volume = ["-af", f"volume={gain_db:.2f}dB"] if gain_db else []
        form = ["-f", "s16le", "-ac", "1", "-ar", "48000", "-flush_packets", "1", f"pipe:{descriptor}"]
        return [binary, "-v", "error", "-nostdin", *source, "-vn", "-sn", "-dn", *volume, *form]

    return command


def by_mpv(binary: str, *, authorities: Path = AUTHORITIES) -> Opening:
    """Return how mpv opens a stream: a box on a pole has it in any case."""

    def command(origin: str | Path, gain_db: float, descriptor: int) -> Sequence[str]:
        protocols = [] if isinstance(origin, Path) else [
            f"--demuxer-lavf-o-append=protocol_whitelist={_PROTOCOLS}",
            f"--stream-lavf-o-append=protocol_whitelist={_PROTOCOLS}",
            "--tls-verify=yes", f"--tls-ca-file={authorities}",
        ]  # fmt: skip
        volume = [f"--af=lavfi=[volume=volume={gain_db:.2f}dB]"] if gain_db else []
        repeated = ["--loop-file=inf"] if isinstance(origin, Path) else []
        output = f"--ao-pcm-file=/dev/fd/{descriptor}"
        return [binary, *_MPV, *protocols, *volume, *repeated, output, "--", str(origin)]

    return command


def opening(*, ffmpeg: str | None, mpv: str) -> Opening:
    """Return how to open with what is there: ffmpeg is lighter, mpv knows more. Raises SoundError when neither is."""
    has_mpv = shutil.which(mpv) is not None
    if ffmpeg is None and not has_mpv:
        raise SoundError("không tìm thấy ffmpeg hay mpv để nhận luồng tiếp sóng")
    heavy, light = by_mpv(mpv), by_ffmpeg(ffmpeg) if ffmpeg is not None else by_mpv(mpv)

    def command(origin: str | Path, gain_db: float, descriptor: int) -> Sequence[str]:
        chosen = heavy if has_mpv and isinstance(origin, str) and _wants_mpv(origin) else light
        return chosen(origin, gain_db, descriptor)

    return command


def _wants_mpv(url: str) -> bool:
    """Return whether ffmpeg would not do: it reads no plain playlists, and an older one asks for a server's certificate
    and not for those of the servers that its playlist names."""
    return url.startswith("https:") or _PLAYLIST.search(url) is not None


def shown(url: str) -> str:
    """Return an address as everybody may read it: without a user name and password."""
    return _SECRET.sub("", url)


def why(complaint: str) -> str:
    """Return what a decoder's last words mean."""
    lines = [line for line in complaint.strip().splitlines() if line.strip()]
    for pattern, meaning in _MEANINGS:
        if any(re.search(pattern, line, re.IGNORECASE) for line in lines):
            return meaning
    return f"không mở được ({shown(lines[-1].strip())[:100]})" if lines else "luồng không có âm thanh"


_MPV = (
    "--no-config", "--input-terminal=no", "--msg-level=all=error,ffmpeg=warn", "--load-scripts=no", "--ytdl=no",
    "--no-video", "--audio-display=no", "--autoload-files=no", "--load-unsafe-playlists=no", "--untimed", "--ao=pcm",
    "--ao-pcm-waveheader=no", "--audio-format=s16", "--audio-channels=mono", "--audio-samplerate=48000", "--cache=no",
    "--volume=100", "--replaygain=no", "--audio-pitch-correction=no", f"--network-timeout={_IO_TIMEOUT_S}",
    f"--user-agent={_AGENT}",
)  # fmt: skip
