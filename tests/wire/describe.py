"""Writes the tables of docs/wire.md from the models, so that the document cannot drift.

`python -m tests.wire.describe` brings the document up to date; a test compares them. What a field means stands in
docs/wire-fields.tsv, one line a field; everything else is read off the code.
"""

import json
from pathlib import Path
from typing import Any

from tests.wire.kinds import ENROLMENT_KINDS, SIGNED_KINDS, models, shared_values
from wire.enrolment import Sealed
from wire.messages import Value

ROOT = Path(__file__).parent.parent.parent
DOCUMENT = ROOT / "docs" / "wire.md"
MEANINGS = ROOT / "docs" / "wire-fields.tsv"
BEGIN, END = "<!-- tables: begin (made by `python -m tests.wire.describe`) -->", "<!-- tables: end -->"


def described() -> str:
    """Return the document with its tables as the code has them now."""
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n\n{tables()}\n{END}{after}"


def tables() -> str:
    """Return every message and value as a Markdown section with one table."""
    meanings = read_meanings()
    parts = ["### Signed messages\n"]
    parts += [_section(model, meanings) for model in SIGNED_KINDS.values()]
    parts += ["### Enrolment\n", *(_section(model, meanings) for model in _enrolling())]
    parts += ["### Values inside them\n", *(_section(model, meanings) for model in shared_values())]
    return "\n".join([*parts, "### Words\n", *_words()])


def read_meanings() -> dict[str, str]:
    """Return what each field means, by `Model.field`."""
    lines = MEANINGS.read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t", 1) for line in lines if line and not line.startswith("#"))


def wanted_meanings() -> set[str]:
    """Return every `Model.field` that the document explains."""
    described = (*models(), *shared_values())
    return {
        f"{model.__name__}.{field}" for model in described for field in model.model_fields if not _is_said(model, field)
    }


def _enrolling() -> tuple[type[Value], ...]:
    return (Sealed, *ENROLMENT_KINDS.values())


def _is_said(model: type[Value], field: str) -> bool:
    """Return whether the document explains it once for every message, above the tables."""
    return field in {"v", "kind"} and model in models()


def _section(model: type[Value], meanings: dict[str, str]) -> str:
    schema = model.model_json_schema()
    required = set(schema.get("required", ()))
    cells = [
        (f"`{name}`", _type(field), _default(field, required=name in required), _meaning(model, name, meanings))
        for name, field in schema["properties"].items()
    ]
    rows = [f"| {' | '.join(row)} |" for row in cells]
    heading = f"#### {model.__name__}\n\n{_sentences(model)}\n"
    return "\n".join([heading, "| field | type | default | meaning |", "|---|---|---|---|", *rows, ""])


def _sentences(model: type[Value]) -> str:
    return " ".join((model.__doc__ or "").split())


def _meaning(model: type[Value], name: str, meanings: dict[str, str]) -> str:
    return "" if _is_said(model, name) else meanings.get(f"{model.__name__}.{name}", "**not yet explained**")


def _default(field: dict[str, Any], *, required: bool) -> str:
    if required:
        return "required"
    value = field.get("default")
    if isinstance(value, dict):
        return "each its default"
    return "absent" if value is None else f"`{json.dumps(value, ensure_ascii=False)}`"


def _type(field: dict[str, Any]) -> str:
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in field:
        return " or ".join(_type(option) for option in field["anyOf"] if option.get("type") != "null")
    if "const" in field:
        return f"`{json.dumps(field['const'])}`"
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if field.get("pattern") in _PATTERNS:
        return _PATTERNS[field["pattern"]]
    if field["type"] == "array":
        return f"list of {_type(field['items'])}{_limits(field)}"
    return f"{_NAMES.get(field.get('format', ''), field['type'])}{_limits(field)}"


_NAMES = {"date-time": "instant"}
_PATTERNS = {
    r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$": "name",
    r"^[0-9a-f]{64}$": "SHA-256",
    r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$": "time of day, `HH:MM`",
    r"^https?://[!-~]{1,500}$": "http or https address, at most 500 characters after `//`",
    r"^[0-9][0-9A-Za-z.+!-]{0,63}$": "version as Python packages have them (PEP 440)",
}
_SIGNS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
_EXACT = 2**53 - 1


def _limits(field: dict[str, Any]) -> str:
    limits = [f"{sign} {_number(field[key])}" for key, sign in _SIGNS.items() if key in field]
    for least, most, unit in (("minLength", "maxLength", "characters"), ("minItems", "maxItems", "items")):
        if most in field:
            limits.append(f"{field.get(least, 0)} to {field[most]} {unit}")
    if "pattern" in field:
        limits.append(f"`{field['pattern']}`".replace("|", "\\|"))
    return f", {', '.join(limits)}" if limits else ""


def _number(limit: float) -> str:
    return "2⁵³ − 1" if limit == _EXACT else f"{limit:g}" if limit < 10**6 else f"{limit:,.0f}"


def _words() -> list[str]:
    definitions: dict[str, Any] = {}
    for model in (*SIGNED_KINDS.values(), *ENROLMENT_KINDS.values()):
        definitions |= model.model_json_schema().get("$defs", {})
    words = {name: schema for name, schema in definitions.items() if "enum" in schema}
    return [
        f"#### {name}\n\n{' '.join(schema.get('description', '').split())}\n\n"
        + ", ".join(f"`{value}`" for value in schema["enum"])
        + "\n"
        for name, schema in words.items()
    ]


if __name__ == "__main__":
    DOCUMENT.write_text(described(), encoding="utf-8")
