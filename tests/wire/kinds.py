"""Every message kind of the protocol, found in the models themselves so that none can be forgotten."""

from typing import Literal, get_args, get_origin

from wire import enrolment, messages
from wire.messages import Value

__all__ = ["ENROLMENT_KINDS", "SIGNED_KINDS", "models", "shared_values"]


def _kinds_in(module: object) -> dict[str, type[Value]]:
    found = (value for value in vars(module).values() if isinstance(value, type) and issubclass(value, Value))
    return {kind: model for model in found if (kind := _kind_of(model)) is not None}


def _kind_of(model: type[Value]) -> str | None:
    """Return the one word that names this message; a value may have a `kind` of many words, and is no message."""
    kind = model.model_fields.get("kind")
    words = get_args(kind.annotation) if kind is not None and get_origin(kind.annotation) is Literal else ()
    return str(words[0]) if len(words) == 1 else None


SIGNED_KINDS = _kinds_in(messages)
ENROLMENT_KINDS = _kinds_in(enrolment)


def models() -> tuple[type[Value], ...]:
    """Return every message that travels, in the order of the modules."""
    return (*SIGNED_KINDS.values(), enrolment.Sealed, *ENROLMENT_KINDS.values())


def shared_values() -> tuple[type[Value], ...]:
    """Return the values that messages are made of, in the order of the modules."""
    travelling = set(models())
    bases = {Value, messages.Document}
    found = {**vars(messages), **vars(enrolment)}.values()
    return tuple(
        value
        for value in found
        if isinstance(value, type) and issubclass(value, Value) and value not in travelling | bases
    )
