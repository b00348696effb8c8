"""Golden files: what any released version said is understood for ever, and nobody changes it afterwards."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from tests.wire import golden_files
from tests.wire.kinds import ENROLMENT_KINDS, SIGNED_KINDS, models, shared_values
from wire import chunks
from wire.messages import Document

VERSIONS = sorted(golden_files.ROOT.glob("v*"))


def _names(example: Path) -> str:
    return f"{example.parent.name}/{example.stem}"


@pytest.mark.parametrize("example", golden_files.examples(), ids=_names)
def test_golden_file_decodes_to_every_value_it_states(example: Path) -> None:
    stated = golden_files.body_of(example)
    understood = golden_files.open_beside(example).model_dump(mode="json")

    assert _missing(stated, understood) == []


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)
def test_released_golden_files_are_untouched(version: Path) -> None:
    released = golden_files.released(version)

    assert {name: golden_files.checksum_of(version / name) for name in released} == released


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)
def test_every_golden_file_is_listed_as_released(version: Path) -> None:
    files = {file.name for file in version.iterdir()} - {golden_files.CHECKSUMS}

    assert files == set(golden_files.released(version))


def test_every_message_kind_has_a_golden_file() -> None:
    kinds = {golden_files.body_of(example)["kind"] for example in golden_files.CURRENT.glob("*.json")}

    assert kinds == set(SIGNED_KINDS) | set(ENROLMENT_KINDS)


def test_every_field_of_every_message_stands_in_some_golden_file() -> None:
    stated: set[str] = set()
    for example in golden_files.examples():
        _collect(golden_files.model_of(golden_files.body_of(example)), golden_files.open_beside(example), stated)
    wanted = {f"{model.__name__}.{field}" for model in (*models(), *shared_values()) for field in model.model_fields}
    wanted -= {f"Sealed.{field}" for field in ("code_name", "sealed")} | {f"{Document.__name__}.v"}

    assert wanted - stated == set()


def test_the_golden_chunk_is_read_back() -> None:
    chunk = chunks.unpack((golden_files.CURRENT / "chunk.bin").read_bytes())

    assert chunk == chunks.Chunk(number=1, count=3, body="Kính thưa bà con".encode())


def test_a_field_that_lost_its_value_is_noticed() -> None:
    """The negative control of the first test of this file."""
    stated = golden_files.body_of(golden_files.CURRENT / "plan.json")
    understood = golden_files.open_beside(golden_files.CURRENT / "plan.json").model_dump(mode="json")

    understood["airings"][0]["recording"]["size_bytes"] += 1
    del understood["quiet_hours"]

    assert _missing(stated, understood) == ["airings.0.recording.size_bytes", "quiet_hours"]


def _missing(stated: Any, understood: Any, path: str = "") -> list[str]:
    if isinstance(stated, dict) and isinstance(understood, dict):
        pairs = [(key, stated[key], understood.get(key)) for key in sorted(stated)]
    elif isinstance(stated, list) and isinstance(understood, list) and len(stated) == len(understood):
        pairs = [(str(index), *pair) for index, pair in enumerate(zip(stated, understood, strict=True))]
    else:
        return [] if stated == understood else [path.removeprefix(".")]
    return [lost for key, one, other in pairs for lost in _missing(one, other, f"{path}.{key}")]


def _collect(model: type[BaseModel], value: BaseModel, stated: set[str]) -> None:
    for field in value.model_fields_set:
        stated.add(f"{model.__name__}.{field}")
        inner = getattr(value, field)
        for item in inner if isinstance(inner, tuple) else (inner,):
            if isinstance(item, BaseModel):
                _collect(type(item), item, stated)
