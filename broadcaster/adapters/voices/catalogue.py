"""The voices that this server has, each under its name. None starts anything before it first speaks."""

from broadcaster.adapters.voices.espeak import DIALECTS, EspeakVoice
from broadcaster.adapters.voices.gtts import GttsVoice
from broadcaster.adapters.voices.port import Voice


def installed() -> dict[str, Voice]:
    """Return every voice by name, the embedded default first."""
    voices: list[Voice] = [*(EspeakVoice(dialect) for dialect in DIALECTS), GttsVoice()]
    return {voice.name: voice for voice in voices}
