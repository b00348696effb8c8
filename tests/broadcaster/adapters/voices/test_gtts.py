"""The online voice against every way the Internet fails: a clear sentence, soon, and never half a bulletin."""

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from broadcaster.adapters.voices.espeak import EspeakVoice
from broadcaster.adapters.voices.gtts import GttsVoice
from broadcaster.adapters.voices.port import (
    VoiceBroken,
    VoiceError,
    VoiceRefused,
    VoiceTimedOut,
    VoiceTruncated,
    VoiceUnreachable,
)
from broadcaster.adapters.voices.sentences import CachedVoices
from tests.fakes import google as fake
from tests.fakes.google import base_url, google

SENTENCE = "Mời bà con đến nhà văn hóa thôn họp lúc tám giờ sáng ngày mai"
TWO_PARTS = f"{SENTENCE}, {SENTENCE.lower()}"

Made = Callable[[str], GttsVoice]


@pytest.fixture
def voice_at() -> Iterator[Made]:
    """Make voices that are closed afterwards; a short deadline keeps the tests quick."""
    made: list[GttsVoice] = []

    def make(url: str, deadline_s: float = 4.5) -> GttsVoice:
        made.append(GttsVoice(base_url=url, deadline_s=deadline_s))
        return made[-1]

    yield make
    for voice in made:
        voice.close()


def test_gtts_asks_for_a_long_sentence_in_parts_and_joins_them(voice_at: Made) -> None:
    with google() as server:
        speech = voice_at(base_url(server)).speak(TWO_PARTS)

        assert len(server.asked) == 2
    assert speech.duration_ms == pytest.approx(len(TWO_PARTS.split()) * fake.SYLLABLE_MS, rel=0.05)


BROKEN: list[tuple[fake.Behaviour, type[VoiceError], str]] = [
    (fake.too_many_requests, VoiceRefused, "từ chối phục vụ (đã nhận quá nhiều yêu cầu)"),
    (fake.hanging_up_midway, VoiceUnreachable, "Không kết nối được"),
    (fake.sending_part_of_the_sound, VoiceBroken, "bị hỏng hoặc bị cụt"),
    (fake.sending_few_words, VoiceTruncated, "bị cụt, chỉ dài 1,"),
    (fake.sending_silence, VoiceBroken, "chỉ có khoảng lặng"),
    (fake.sending_a_web_page, VoiceBroken, "không có âm thanh"),
    (fake.sending_noise, VoiceBroken, "bị hỏng"),
    (fake.sending_broken_base64, VoiceBroken, "không có âm thanh"),
]


@pytest.mark.parametrize(("behave", "refusal", "words"), BROKEN, ids=lambda value: getattr(value, "__name__", ""))
def test_gtts_refuses_a_bad_answer(
    voice_at: Made, behave: fake.Behaviour, refusal: type[VoiceError], words: str
) -> None:
    with google(behave) as server, pytest.raises(refusal) as raised:
        voice_at(base_url(server)).speak(SENTENCE)

    assert type(raised.value) is refusal
    assert words in str(raised.value)


def test_gtts_refuses_a_sentence_with_a_part_missing(voice_at: Made) -> None:
    with google(fake.skipping_a_part) as server, pytest.raises(VoiceBroken, match="không có âm thanh"):
        voice_at(base_url(server)).speak(TWO_PARTS)


def test_gtts_with_nobody_listening_says_so_at_once(voice_at: Made, free_port: int) -> None:
    begun = time.monotonic()

    with pytest.raises(VoiceUnreachable, match="kiểm tra đường truyền Internet"):
        voice_at(f"http://127.0.0.1:{free_port}").speak(SENTENCE)

    assert time.monotonic() - begun < 4


@pytest.mark.slow
@pytest.mark.parametrize("behave", [fake.silent_for_ever, fake.dripping_body, fake.dripping_headers])
def test_gtts_gives_up_within_five_seconds(voice_at: Made, behave: fake.Behaviour) -> None:
    with google(behave) as server:
        voice = voice_at(base_url(server))
        begun = time.monotonic()

        with pytest.raises(VoiceTimedOut, match="không trả lời trong 4,5 giây"):
            voice.speak(SENTENCE)

        assert time.monotonic() - begun < 5


def test_text_is_spoken_by_the_embedded_voice_when_google_fails_midway(voice_at: Made, tmp_path: Path) -> None:
    def failing_later(handler: fake.Handler, text: str) -> None:
        (fake.speaking if text == SENTENCE else fake.too_many_requests)(handler, text)

    with google(failing_later) as server, closing(EspeakVoice()) as local:
        voices = CachedVoices({"gtts": voice_at(base_url(server)), "espeak": local}, tmp_path)
        spoken = voices.speak([(SENTENCE, 300), ("Xin cảm ơn", 0)], ["gtts", "espeak"], lambda _done, _total: None)

        assert server.asked == [SENTENCE, "Xin cảm ơn"]
    assert (spoken.voice, spoken.rate, spoken.rendered) == ("espeak", 22_050, 2)
    assert [failure.voice for failure in spoken.failures] == ["gtts"]
    assert "từ chối phục vụ" in spoken.failures[0].message


@pytest.mark.slow
def test_gtts_speaks_again_after_a_deadline(voice_at: Made) -> None:
    with google(fake.dripping_body) as server:
        voice = voice_at(base_url(server))
        with pytest.raises(VoiceTimedOut):
            voice.speak(SENTENCE)
        server.behave = fake.speaking

        assert voice.speak(SENTENCE).duration_ms > 2_000


def test_gtts_believes_no_server_without_a_certificate_it_trusts(voice_at: Made, tmp_path: Path) -> None:
    """gTTS itself switches the check off: whoever sits between could put words into the station's mouth."""
    with google(tls=_self_signed(tmp_path)) as server, pytest.raises(VoiceUnreachable):
        voice_at(base_url(server, "https")).speak(SENTENCE)

    assert server.asked == []


def _self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "translate.google.com")])
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "self-signed.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context
