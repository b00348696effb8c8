"""Languages of the pages: the Vietnamese sentence is the message id, other languages stand in gettext catalogues."""

from collections.abc import Callable, Mapping
from pathlib import Path

from babel.messages.pofile import read_po

Translate = Callable[[str], str]
"""From a Vietnamese message to the same in the reader's language."""

LANGUAGES = {"vi": "Tiếng Việt", "en": "English"}
DEFAULT_LANGUAGE = "vi"
_LOCALE = Path(__file__).parent / "locale"


def catalogues(folder: Path = _LOCALE) -> Mapping[str, Translate]:
    """Return a translator for each language, read from `{language}/LC_MESSAGES/messages.po`."""
    return {language: _translator(messages(folder, language)) for language in LANGUAGES}


def messages(folder: Path, language: str) -> dict[str, str]:
    """Return what a catalogue translates; a message that it leaves empty is not in it."""
    with (folder / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    return {str(message.id): str(message.string) for message in catalogue if message.id and message.string}


def known_language(wanted: str | None) -> str:
    """Return the language if there are pages in it, else Vietnamese."""
    return wanted if wanted in LANGUAGES else DEFAULT_LANGUAGE


def _translator(known: Mapping[str, str]) -> Translate:
    return lambda message: known.get(message, message)
