"""The words of a warning from outside as an alert of ours says them: readable, and no longer than loudspeakers bear.

The pages draft with these rules, and the signer asks them again before it believes a signed warning.
"""

from dataclasses import dataclass

from broadcaster.domain.alarm.rules import clean_part
from broadcaster.domain.alert import EVENT_MAX, HEADLINE_MAX, INSTRUCTION_MAX, TEXT_MAX
from broadcaster.domain.cap.message import Info
from broadcaster.domain.writing import ControlCharacter, visible

_MORE = " …"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is said; `shortened` when the message said more."""

    event: str
    headline: str
    text: str
    instruction: str
    shortened: bool


def words_of(info: Info) -> Words:
    """Return a block's words. Raises PartMissing where nothing is left to say."""
    raw = {
        "event": (info.event, EVENT_MAX),
        "headline": (info.headline or info.event, HEADLINE_MAX),
        "text": (info.description or info.headline or info.event, TEXT_MAX),
        "instruction": (info.instruction, INSTRUCTION_MAX),
    }
    cut = {name: _cut(text, limit) for name, (text, limit) in raw.items()}
    clean = {name: clean_part(name, text, needed=name != "instruction") for name, (text, _) in cut.items()}
    return Words(**clean, shortened=any(was_cut for _, was_cut in cut.values()))


def is_vietnamese(info: Info) -> bool:
    """Return whether a block can be read aloud as it is."""
    return language_rank(info) == 0


def language_rank(info: Info) -> int:
    """Return 0 for Vietnamese, 1 for English, 2 for the others: the lower one is read first."""
    language = info.language.replace("_", "-").split("-")[0]
    return {"vi": 0, "en": 1}.get(language, 2)


def _cut(raw: str, limit: int) -> tuple[str, bool]:
    """Return a text that is not longer than `limit`, cut at a word and marked, and whether it was cut."""
    text = readable(raw)
    if len(text) <= limit:
        return text, False
    return text[: limit - len(_MORE)].rsplit(maxsplit=1)[0] + _MORE, True


def readable(raw: str) -> str:
    """Return the text with blanks for control characters: a stray byte must not keep a warning from people."""
    try:
        return visible(raw)
    except ControlCharacter:
        return visible("".join(letter if letter.isprintable() or letter in "\n\t" else " " for letter in raw))
