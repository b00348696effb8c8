"""espeak-ng in a process of its own, for its state is global and its licence the GPL. Imports nothing else of ours.

A question is a line of JSON (`voice`, `text`, `speed_wpm`, `pitch`, `volume`); an answer is a line of JSON (`rate`,
`silent`, `bytes`) and as many bytes of sound: mono, signed 16 bit. `silent` lists the words it would leave out.
"""

import ctypes
import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

import espeakng_loader

# From espeak-ng's speak_lib.h. Neither espeakSSML nor espeakPHONEMES is set, so `<` and `[[` stay mere signs.
_AUDIO_OUTPUT_SYNCHRONOUS = 2
_CHARS_UTF8 = 1
_POS_CHARACTER = 1
_RATE, _VOLUME, _PITCH = 1, 2, 3
_PHONEMES_IPA = 2
_EE_OK = 0

_Receiver = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Espeak:
    """The library, loaded and listening."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = str(espeakng_loader.get_data_path()).encode()
        self.rate: int = self._library.espeak_Initialize(_AUDIO_OUTPUT_SYNCHRONOUS, 0, data, 0)
        if self.rate <= 0:
            raise RuntimeError("espeak-ng did not start")
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        self._sound = bytearray()
        self._receiver: Any = _Receiver(self._receive)  # kept, or the library would call freed memory
        self._library.espeak_SetSynthCallback(self._receiver)

    def prepare(self, question: dict[str, Any]) -> None:
        """Choose the voice and its manner."""
        self._check(self._library.espeak_SetVoiceByName(str(question["voice"]).encode()))
        for parameter, key in ((_RATE, "speed_wpm"), (_PITCH, "pitch"), (_VOLUME, "volume")):
            self._check(self._library.espeak_SetParameter(parameter, int(question[key]), 0))

    def speak(self, text: str) -> bytes:
        """Return the sound of `text`."""
        self._sound.clear()
        encoded = text.encode() + b"\0"
        self._check(self._library.espeak_Synth(encoded, len(encoded), 0, _POS_CHARACTER, 0, _CHARS_UTF8, None, None))
        self._check(self._library.espeak_Synchronize())
        return bytes(self._sound)

    def silent(self, text: str) -> list[str]:
        """Return the words that the voice has no sound for, which it would leave out without a word."""
        words = [token for token in text.split() if any(sign.isalnum() for sign in token)]
        return [word for word in dict.fromkeys(words) if not self._phonemes(word).strip()]

    def _phonemes(self, word: str) -> bytes:
        left = ctypes.c_char_p(word.encode())
        phonemes = b""
        while left.value:
            phonemes += self._library.espeak_TextToPhonemes(ctypes.byref(left), _CHARS_UTF8, _PHONEMES_IPA) or b""
        return phonemes

    def _receive(self, wave: Any, frames: int, _events: Any) -> int:
        if wave and frames > 0:
            self._sound += ctypes.string_at(wave, frames * 2)
        return 0

    def _check(self, outcome: int) -> None:
        if outcome != _EE_OK:
            raise RuntimeError(f"espeak-ng answered {outcome}")


def serve(
    questions: BinaryIO, answers: BinaryIO, answer: Callable[[dict[str, Any]], tuple[dict[str, Any], bytes]]
) -> None:
    """Answer every line until there are no more."""
    for line in questions:
        header, body = answer(json.loads(line))
        answers.write(json.dumps({**header, "bytes": len(body)}).encode() + b"\n" + body)
        answers.flush()


def main() -> None:
    """Speak whatever standard input asks for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for our parent, which closes our input
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever the library prints must not be taken for an answer
    espeak = Espeak()

    def answer(question: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        espeak.prepare(question)
        text = str(question["text"])
        silent = espeak.silent(text)
        return {"rate": espeak.rate, "silent": silent}, b"" if silent else espeak.speak(text)

    serve(sys.stdin.buffer, answers, answer)


if __name__ == "__main__":
    main()
