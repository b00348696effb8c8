"""docs/wire.md says what the code does: tables, fields and topics."""

from tests.wire import describe
from wire import topics
from wire.chunks import CHUNK_BYTES
from wire.seal import SEALED_MAX_BYTES
from wire.topics import DeviceTopic


def test_tables_of_the_document_are_those_of_the_code() -> None:
    """If this fails: `python -m tests.wire.describe`, and read what changed for whom."""
    assert describe.DOCUMENT.read_text(encoding="utf-8") == describe.described()


def test_every_field_is_explained_and_nothing_else() -> None:
    meanings = describe.read_meanings()

    assert set(meanings) == describe.wanted_meanings()
    assert [name for name, meaning in meanings.items() if len(meaning) < 10] == []


def test_document_names_every_topic_and_no_other() -> None:
    audio = f"{topics.ROOT}/{{station}}/{topics.AUDIO}/{{sha256}}/{{n}}"
    expected = {f"{topics.ROOT}/{{station}}/{{device}}/{topic}" for topic in DeviceTopic}
    expected |= {f"{topics.ROOT}/{{station}}/alerts", audio}
    document = describe.DOCUMENT.read_text(encoding="utf-8")
    rows = {line.split("`")[1] for line in document.splitlines() if line.startswith(f"| `{topics.ROOT}/")}

    assert rows == expected


def test_document_states_the_limits_of_the_code() -> None:
    document = describe.DOCUMENT.read_text(encoding="utf-8")

    assert f"{SEALED_MAX_BYTES // 1024} KiB" in document
    assert f"{CHUNK_BYTES // 1024} KiB" in document


def test_every_pattern_has_a_name_that_people_read() -> None:
    assert "`^" not in describe.tables()
