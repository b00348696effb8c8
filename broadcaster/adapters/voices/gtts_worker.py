"""gTTS in a process of its own: killing it is the only deadline that also ends a name look-up or a dripping answer.

A question is a line of JSON (`text`, `base_url`, `timeout_s`); an answer is a line of JSON and an MP3: `error` is
empty, or `unreachable`, `timed_out`, `refused` (with `status`) or `no_audio`. Imports nothing else of ours.
"""

import json
import os
import signal
import sys
from typing import Any

import gtts
import requests

_LANGUAGE = "vi"
_GOOGLE = "https://translate.google.com"
_Session = requests.Session


def fetch(text: str, timeout_s: float) -> tuple[dict[str, Any], bytes]:
    """Return the answer's header and the MP3 of `text`."""
    speaker = gtts.gTTS(text, lang=_LANGUAGE, lang_check=False, timeout=timeout_s)
    try:
        parts = list(speaker.stream())
    except gtts.gTTSError as exc:
        return _failure(exc), b""
    except (requests.RequestException, ValueError) as exc:
        return {"error": "no_audio", "detail": f"{type(exc).__name__}: {exc}"[:300]}, b""
    # gTTS passes over a part whose answer holds no audio; a sentence with a hole in it must not pass for whole.
    if len(parts) != len(speaker.get_bodies()) or not all(parts):
        return {"error": "no_audio", "detail": "a part is missing"}, b""
    return {"error": ""}, b"".join(parts)


def session_for(base_url: str) -> type[requests.Session]:
    """Return the kind of session that gTTS shall use here: one that checks certificates, which gTTS switches off."""

    class StationSession(_Session):
        def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            request.url = base_url + str(request.url).removeprefix(_GOOGLE)
            checked = self.merge_environment_settings(request.url, {}, None, True, None)
            return super().send(request, **{**options, **checked, "stream": False})

    return StationSession


def _failure(exc: gtts.gTTSError) -> dict[str, Any]:
    cause = exc.__context__
    if exc.rsp is None:
        kind = "timed_out" if isinstance(cause, requests.Timeout) else "unreachable"
        return {"error": kind, "detail": str(cause)[:300]}
    if exc.rsp.status_code >= 400:
        return {"error": "refused", "status": exc.rsp.status_code}
    return {"error": "no_audio", "detail": str(exc)[:300]}


def main() -> None:
    """Fetch whatever standard input asks for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for our parent, which closes our input
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing that a library prints must be taken for an answer
    for line in sys.stdin.buffer:
        question = json.loads(line)
        setattr(requests, "Session", session_for(question["base_url"]))  # noqa: B010 - gTTS makes its own and takes none
        header, body = fetch(question["text"], question["timeout_s"])
        answers.write(json.dumps({**header, "bytes": len(body)}).encode() + b"\n" + body)
        answers.flush()


if __name__ == "__main__":
    main()
