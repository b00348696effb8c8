"""The kinds of refusal that a person may meet. Each refusal stands beside the noun whose rule it states.

A refusal carries data and builds its own Vietnamese sentence, which says what is wrong and what to do. The sentence is
also the message id of the gettext catalogues.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, TypeVar, cast, dataclass_transform

T = TypeVar("T", bound=type)


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for a message that is translated later
    """Mark a message for the catalogues; return it unchanged."""
    return message


def snake_case(name: str) -> str:
    """Return the name of a class as codes are written: `NotAClash` is `not_a_clash`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Refusal(Exception):  # noqa: N818 - a refusal is an answer to a person, not a fault of the program
    """A request that the station turns down. Subclasses are dataclasses of the data their sentence needs."""

    message: ClassVar[str]

    @property
    def code(self) -> str:
        """Return the stable name of this refusal, e.g. `text_too_long`."""
        return snake_case(type(self).__name__)

    def sentence(self, translate: Callable[[str], str] = str) -> str:
        """Return the sentence for a person, in the language of `translate`."""
        data = {field.name: _shown(getattr(self, field.name)) for field in fields(cast(Any, self))}
        return translate(self.message).format(**data)

    def __str__(self) -> str:
        return self.sentence()


class Invalid(Refusal):
    """What was entered cannot stand."""


class NotSignedIn(Refusal):
    """Nobody known is asking."""


class Forbidden(Refusal):
    """This person may not do this."""


class Missing(Refusal):
    """There is no such thing, or not in this station."""


class Conflict(Refusal):
    """It cannot be done in the state things are in."""


class TooMany(Refusal):
    """It was tried too often."""


class Unavailable(Refusal):
    """The station itself cannot do it at the moment."""


@dataclass_transform(kw_only_default=True)
def refusal(cls: T) -> T:
    """Make a refusal class a dataclass of its data, without the equality that exceptions must not have."""
    return cast(T, dataclass(kw_only=True, eq=False)(cls))


def _shown(value: object) -> object:
    """Return an instant as people of the station write it; everything else as it is."""
    return value.strftime("%H:%M:%S ngày %d/%m/%Y") if isinstance(value, datetime) else value
