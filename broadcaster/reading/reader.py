"""Written Vietnamese in, a reading out: the one entrance of this package."""

from collections.abc import Sequence
from functools import lru_cache, partial

from broadcaster.reading.abbreviations import learn
from broadcaster.reading.context import Job
from broadcaster.reading.keyfact import repeated_key_fact
from broadcaster.reading.layout import Block, blocks
from broadcaster.reading.lexicon import Lexicon, house_lexicon
from broadcaster.reading.reading import Choice, Notice, NoticeKind, Reading
from broadcaster.reading.scanner import Scanner
from broadcaster.reading.segments import sentences
from broadcaster.reading.style import Style
from broadcaster.reading.writing import prepare

_NO_SPEECH = "Bản tin không có chữ nào để đọc."


def read(
    text: str,
    *,
    style: Style = Style(),  # noqa: B008 - a frozen value, shared safely
    lexicon: Lexicon | None = None,
    choices: Sequence[Choice] = (),
    document: bool = True,
    voice: str | None = None,
    repeat_key_fact: bool = False,
) -> Reading:
    """The words to say for a written text, with everything that was not said as written.

    `document` sets letterhead, addressee, recipients and signature aside; without it one fragment is read whole.
    `choices` are the officer's decisions, `voice` chooses respellings of loan words, `repeat_key_fact` says the
    sentence with time and place once more at the end. Never raises for any string.
    """
    prepared = prepare(text)
    written = prepared.text
    job = Job(
        text=written,
        style=style,
        lexicon=lexicon or house_lexicon(),
        voice=voice,
        learnt=learn(written),
        lowered=written.lower(),
    )
    scanner = Scanner(job, _decisions(choices, style), words_only=partial(words_only, style=style))
    for block in blocks(written) if document else (Block(start=0, end=len(written)),):
        scanner.scan(block)
    said = sentences(scanner.items)
    if repeat_key_fact:
        said = (*said, *repeated_key_fact(said, scanner.spans, job.lowered))
    notices = [*prepared.notices, *scanner.notices]
    if not said:
        notices.append(Notice(kind=NoticeKind.NO_SPEECH, start=0, end=len(written), message=_NO_SPEECH))
    return Reading(written=written, sentences=said, spans=tuple(scanner.spans), notices=tuple(notices))


def _decisions(choices: Sequence[Choice], style: Style) -> dict[tuple[str, int], str]:
    """What the officer chose, itself read as words: a choice of `15` must not put digits into the voice."""
    return {(choice.written, choice.occurrence): words_only(choice.spoken, style) for choice in choices}


@lru_cache(maxsize=1024)
def words_only(spoken: str, style: Style) -> str:
    """A spoken form typed by a person, with digits and signs turned into words and commas kept as pauses."""
    if all(letter.isalpha() or letter in " ," for letter in spoken):
        return " ".join(spoken.split())
    reading = read(spoken, style=style, lexicon=Lexicon(()), document=False)
    return ", ".join(segment.spoken for sentence in reading.sentences for segment in sentence.segments)
