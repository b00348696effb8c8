"""Every refusal speaks: a code of its own, a Vietnamese sentence, and a kind that the rim knows."""

import importlib
import pkgutil
import re
from dataclasses import fields
from datetime import UTC, datetime

import pytest

import broadcaster
from broadcaster.domain import errors
from broadcaster.domain.bulletin import TextTooLong
from broadcaster.domain.errors import Refusal
from broadcaster.web.app import HTTP_CODES

KINDS = {errors.Invalid, errors.NotSignedIn, errors.Forbidden, errors.Missing, errors.Conflict, errors.TooMany,
         errors.Unavailable}  # fmt: skip
CARRIES = re.compile(r"\{\w+\}")
"""The message of a refusal that only carries the sentences of others."""
VIETNAMESE = re.compile("[ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ]")


def every_refusal() -> list[type[Refusal]]:
    """Return every refusal of the server, wherever it stands."""
    for module in pkgutil.walk_packages(broadcaster.__path__, "broadcaster."):
        if not re.search(r"__main__|migrations|worker", module.name):
            importlib.import_module(module.name)
    found, left = set(), list(KINDS)
    while left:
        subclasses = left.pop().__subclasses__()
        left += subclasses
        found |= {s for s in subclasses if s.__module__.startswith("broadcaster.")}
    carriers = {cls for cls in found if CARRIES.fullmatch(cls.message)}
    return sorted(found - carriers, key=lambda cls: cls.__name__)


REFUSALS = every_refusal()


@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.__name__)
def test_refusal_builds_its_sentence(kind: type[Refusal]) -> None:
    data = {field.name: datetime(2026, 3, 2, tzinfo=UTC) if field.name.endswith(("_at", "start")) else 7
            for field in fields(kind)}  # type: ignore[arg-type] # every refusal is a dataclass  # fmt: skip

    sentence = kind(**data).sentence()

    assert VIETNAMESE.search(sentence)
    assert sentence.endswith((".", ": 7"))  # a cause of the system's own may stand last
    assert "{" not in sentence


def test_codes_are_each_ones_own() -> None:
    codes = [kind(**dict.fromkeys((f.name for f in fields(kind)), 0)).code for kind in REFUSALS]  # type: ignore[arg-type] # dataclasses

    assert len(codes) == len(set(codes))


def test_every_kind_has_an_http_code() -> None:
    assert set(HTTP_CODES) == KINDS


def test_code_and_translation() -> None:
    refused = TextTooLong(length=12, limit=10)

    assert refused.code == "text_too_long"
    assert refused.sentence(lambda _: "{length} of {limit}") == "12 of 10"


@pytest.mark.parametrize(("name", "code"), [("TextTooLong", "text_too_long"), ("NotAClash", "not_a_clash")])
def test_a_code_is_the_name_word_for_word(name: str, code: str) -> None:
    assert errors.snake_case(name) == code
