"""Airings as a village hears them, or does not: what was sent, what a microphone captured, and what the ear said."""

from dataclasses import dataclass

import numpy as np

from broadcaster.adapters import chimes
from broadcaster.adapters.voices.espeak import DIALECTS, EspeakVoice
from device_agent.hearing.band import SPEECH, Decimator, Samples
from device_agent.hearing.comparison import Comparison, Reference
from device_agent.hearing.verdict import Hearing, Judge, Verdict
from tests.device_agent.hearing import village
from tests.device_agent.hearing.village import RATE, Chance, Sound

LOUDNESS = 0.1
"""Root mean square of a bulletin, about what mastering makes of it."""
BLOCK = RATE // 10
SENTENCES = (
    "Ủy ban nhân dân xã thông báo lịch tiêm chủng tháng mười một tại trạm y tế.",
    "Sáng thứ tư, toàn thôn tạm ngừng cung cấp điện để sửa chữa đường dây.",
    "Đề nghị bà con chuẩn bị nước sinh hoạt và không dùng máy bơm trong thời gian trên.",
    "Kính mời các hộ gia đình đến nhà văn hóa họp bàn về việc làm đường.",
    "Bà con chú ý phòng chống dịch tả lợn châu Phi, rắc vôi bột quanh chuồng trại.",
    "Giá vải đầu vụ hôm nay là ba mươi lăm nghìn đồng một cân.",
    "Công an xã hướng dẫn làm căn cước công dân vào sáng thứ bảy.",
    "Lịch gieo cấy vụ xuân bắt đầu từ ngày mười tháng hai.",
    "Đội bóng thôn Thượng gặp đội bóng thôn Hạ lúc bốn giờ chiều.",
    "Ai nhặt được giấy tờ mang tên Nguyễn Văn An xin báo về trụ sở.",
    "Hộ nào chưa đóng tiền điện tháng mười xin nộp trước ngày hai mươi.",
    "Trạm bơm sẽ mở nước vào năm giờ sáng mai, bà con chủ động be bờ.",
    "Hội phụ nữ tổ chức lớp học nấu ăn miễn phí cho chị em trong xã.",
    "Gió mùa đông bắc tràn về đêm nay, bà con giữ ấm cho trâu bò.",
    "Mực nước sông đang lên, các hộ ven đê sẵn sàng di chuyển đồ đạc.",
    "Trường tiểu học thông báo lịch nghỉ hè từ ngày ba mươi tháng năm.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """Every sentence in every dialect of the embedded voice, and the opening chime."""

    by_voice: dict[str, tuple[Sound, ...]]
    chime: Sound

    @classmethod
    def make(cls) -> "Readings":
        """Let the embedded voice read."""
        chime = np.frombuffer(chimes.ring(chimes.OPENING, RATE), dtype="<i2") / 32_768
        return cls(by_voice={dialect.name: _read(EspeakVoice(dialect)) for dialect in DIALECTS}, chime=chime)

    def bulletin(
        self, chance: Chance, *, seconds: float = 14, voice: str | None = None, chime: bool = True,
        sentences: slice = slice(None),
    ) -> Sound:  # fmt: skip
        """Return some of the sentences in some order, after the chime that every station has."""
        choice = self.by_voice[voice or str(chance.choice(sorted(self.by_voice)))][sentences]
        pause = np.zeros(int(0.4 * RATE))
        parts = [pause[: int(0.15 * RATE)], self.chime, pause] if chime else []
        while sum(map(len, parts)) < seconds * RATE:
            parts += [choice[chance.integers(len(choice))], pause]
        return village.loud(np.concatenate(parts)[: int(seconds * RATE)], LOUDNESS**2)


def _read(voice: EspeakVoice) -> tuple[Sound, ...]:
    speeches = [voice.speak(sentence) for sentence in SENTENCES]
    voice.close()
    return tuple(village.resampled(np.frombuffer(speech.pcm, dtype="<i2") / 32_768, speech.rate) for speech in speeches)


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """What was sent, and what the microphone gave."""

    sent: Sound
    heard: Sound


def airing(
    readings: Readings, chance: Chance, *, played: bool, noise_db: float = 0.0, seconds: float = 14,
    chime: bool = True, path_db: float = -20.0, delay_s: float | None = None,
) -> Captured:  # fmt: skip
    """Return one airing through horn, air and microphone; its noise is so much louder than the horn would be."""
    sent = readings.bulletin(chance, seconds=seconds, chime=chime)
    others = tuple(readings.bulletin(chance, seconds=seconds, voice=voice) for voice in ("espeak", *readings.by_voice))
    level = LOUDNESS * 10 ** (path_db / 20)
    horn = village.loud(village.through_horn(sent, chance), level**2)
    horn = village.later(village.drifted(horn, chance.uniform(-150, 150)), _delay(chance, delay_s))
    noise = village.loud(village.village(len(sent), chance, voices=others), level**2 * 10 ** (noise_db / 10))
    return Captured(sent=sent, heard=noise + horn if played else noise)


def _delay(chance: Chance, wanted: float | None) -> float:
    drawn = chance.uniform(0.0, 0.5)
    return drawn if wanted is None else wanted


def reference(sent: Sound) -> Samples:
    """Return what is sent at the band's rate, through sixteen bits as a file has it."""
    numbers = np.frombuffer(village.pcm(sent), dtype="<i2").astype(np.float32) / np.float32(32_768)
    return Decimator(RATE, band=SPEECH).feed(numbers)


def verdicts(captured: Captured, judge: Judge | None = None, *, at: float = 0.0) -> tuple[Hearing, ...]:
    """Return what the ear says while it listens, and last what it concludes."""
    comparison = Comparison(
        from_samples(reference(captured.sent)), judge or Judge(), rate=RATE, started_at=100.0
    )  # fmt: skip
    sound = village.pcm(captured.heard)
    running = [
        hearing
        for start in range(0, len(sound), 2 * BLOCK)
        for hearing in comparison.feed(sound[start : start + 2 * BLOCK], at=100.0 + at + start / 2 / RATE)
    ]
    return (*running, comparison.conclude())


def first_firm(hearings: tuple[Hearing, ...]) -> Hearing | None:
    """Return the first running verdict that is not *unsure*."""
    return next((h for h in hearings if h.verdict is not Verdict.UNSURE and not h.is_final), None)


def from_samples(sent: Samples) -> Reference:
    """Return the reference that is all in memory."""
    at = 0

    def read(count: int) -> Samples:
        nonlocal at
        piece = sent[at : at + count]
        at += len(piece)
        return piece

    return read
