"""How a station speaks: the choices that are right either way, made once for a whole bulletin."""

from dataclasses import dataclass
from enum import StrEnum


class Letters(StrEnum):
    """Whose names the letters of the alphabet get."""

    NORTHERN = "northern"
    CENTRAL = "central"
    SOUTHERN = "southern"


class Thousand(StrEnum):
    """The word for 1,000."""

    NGHIN = "nghìn"
    NGAN = "ngàn"


class Odd(StrEnum):
    """The word for an empty place of tens: một trăm linh năm."""

    LINH = "linh"
    LE = "lẻ"


class EarlyDay(StrEnum):
    """What stands before the days 1 to 10 of a month."""

    MONG = "mồng"
    MUNG = "mùng"
    NONE = ""


class Four(StrEnum):
    """The four of 24, after mươi."""

    TU = "tư"
    BON = "bốn"


class Per(StrEnum):
    """How the slash of a rate is said: một triệu đồng một hộ."""

    ONE = "một"
    EACH = "mỗi"
    OVER = "trên"


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """One station's way of saying what can be said in several right ways."""

    thousand: Thousand = Thousand.NGHIN
    odd: Odd = Odd.LINH
    early_day: EarlyDay = EarlyDay.MONG
    four: Four = Four.TU
    per: Per = Per.ONE
    letters: Letters = Letters.NORTHERN
    say_minutes: bool = True
    """Whether `phút` is said after the minutes of a clock time."""
    regional_units: tuple[tuple[str, str], ...] = ()
    """Pairs (unit as the house says it, unit as the region says it), such as ("ki lô gam", "ký")."""
