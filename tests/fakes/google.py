"""Google Translate's speech service on loopback, as far as gTTS 2.5 talks to it, with every way it can misbehave."""

import base64
import json
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from broadcaster.adapters import ffmpeg
from broadcaster.adapters.voices.plain import syllables
from tests.fakes.voices import tone

PATH = "/_/TranslateWebserverUi/data/batchexecute"
SYLLABLE_MS = 220
_RATE = 24_000


class Google(ThreadingHTTPServer):
    """The service. `behave` answers each request; `asked` is what it was asked to say."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, behave: "Behaviour") -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behave = behave
        self.asked: list[str] = []
        self.over = threading.Event()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that hangs up is what half of these tests are about."""


class Handler(BaseHTTPRequestHandler):
    """One request."""

    def do_POST(self) -> None:
        """Read the question the way gTTS writes it, and let the behaviour answer."""
        google = self.server
        assert isinstance(google, Google)
        assert self.path == PATH
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        ((call, *_),) = json.loads(form["f.req"][0])
        assert call[0] == "jQ1olc"
        text, language, *_ = json.loads(call[1])
        assert language == "vi"
        assert len(text) <= 100
        google.asked.append(text)
        google.behave(self, text)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the tests' output clean."""


Behaviour = Callable[[Handler, str], None]


@contextmanager
def google(behave: "Behaviour | None" = None, *, tls: ssl.SSLContext | None = None) -> Iterator[Google]:
    """Serve until the block ends."""
    server = Google(behave or speaking)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def base_url(server: Google, scheme: str = "http") -> str:
    """Return where the service listens."""
    return f"{scheme}://127.0.0.1:{server.server_address[1]}"


def speaking(handler: Handler, text: str) -> None:
    """Answer as Google does."""
    _send(handler, _answer(mp3_of(syllables(text))))


def too_many_requests(handler: Handler, _text: str) -> None:
    """Refuse."""
    handler.send_error(429)


def silent_for_ever(handler: Handler, _text: str) -> None:
    """Take the question and never answer."""
    _server(handler).over.wait()


def dripping_body(handler: Handler, text: str) -> None:
    """Answer a byte at a time, so that no single read ever times out."""
    body = _answer(mp3_of(syllables(text)))
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    _drip(handler, body)


def dripping_headers(handler: Handler, _text: str) -> None:
    """Begin a header that never ends."""
    _drip(handler, b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 10_000)


def hanging_up_midway(handler: Handler, text: str) -> None:
    """Promise a whole answer and close the connection in the middle of it."""
    body = _answer(mp3_of(syllables(text)))
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])


def sending_part_of_the_sound(handler: Handler, text: str) -> None:
    """Answer properly with an MP3 that was cut off in the middle of a frame."""
    mp3 = mp3_of(syllables(text))
    _send(handler, _answer(mp3[: len(mp3) - 50]))


def sending_few_words(handler: Handler, text: str) -> None:
    """Answer properly with a proper MP3 of the first third of the words."""
    _send(handler, _answer(mp3_of(max(1, syllables(text) // 3))))


def sending_silence(handler: Handler, text: str) -> None:
    """Answer with an MP3 of the right length in which nothing is to be heard."""
    _send(handler, _answer(mp3_of(syllables(text), amplitude=0.0)))


def sending_a_web_page(handler: Handler, _text: str) -> None:
    """Answer as a captive portal does."""
    _send(handler, b"<!doctype html><title>Wi-Fi</title>" + b"<p>Xin moi dang nhap</p>" * 50)


def sending_noise(handler: Handler, _text: str) -> None:
    """Answer in the right form, with bytes that are no sound."""
    _send(handler, _answer(bytes(range(256)) * 40))


def sending_broken_base64(handler: Handler, _text: str) -> None:
    """Answer in the right form, with letters that are no base64."""
    _send(handler, b')]}\'\n\n9\n[["wrb.fr","jQ1olc","[\\"A\\"]",null]]\n')


def skipping_a_part(handler: Handler, text: str) -> None:
    """Answer the first part of a long sentence and leave the second without sound."""
    if len(_server(handler).asked) > 1:
        _send(handler, b")]}'\n\n2\n[]\n")
    else:
        speaking(handler, text)


@lru_cache(maxsize=64)
def mp3_of(syllable_count: int, amplitude: float = 0.3) -> bytes:
    """Return a real MP3 of a tone that lasts as long as so many syllables, in Google's format."""
    pcm = tone(syllable_count * SYLLABLE_MS, rate=_RATE, amplitude=amplitude)
    options = ["-f", "s16le", "-ar", str(_RATE), "-ac", "1", "-i", "pipe:0", "-c:a", "libmp3lame", "-b:a", "64k"]
    bare = ["-write_xing", "0", "-id3v2_version", "0", "-f", "mp3", "pipe:1"]
    command = [ffmpeg.executable(), "-loglevel", "error", *options, *bare]
    return subprocess.run(command, input=pcm, stdout=subprocess.PIPE, check=True, timeout=30).stdout


def _answer(mp3: bytes) -> bytes:
    sound = json.dumps([base64.b64encode(mp3).decode()], separators=(",", ":"))
    frame = json.dumps([["wrb.fr", "jQ1olc", sound, None, None, None, "generic"]], separators=(",", ":"))
    return f')]}}\'\n\n{len(frame)}\n{frame}\n25\n[["e",4,null,null,131]]\n'.encode()


def _send(handler: Handler, body: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json; charset=utf-8")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def _drip(handler: Handler, content: bytes) -> None:
    over = _server(handler).over
    with suppress(OSError):
        for byte in content:
            handler.wfile.write(bytes([byte]))
            if over.wait(0.1):
                return


def _server(handler: Handler) -> Google:
    assert isinstance(handler.server, Google)
    return handler.server
