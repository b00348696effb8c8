"""The one left-to-right tokeniser: every position of a text is the start of exactly one token."""

import re
from collections.abc import Callable
from enum import StrEnum

# Domains that Vietnamese bulletins name without www or a scheme.
_ENDINGS = r"(?:vn|com|net|org|gov|edu|info|asia|xyz|online|store|shop|html?)"
_SHORTENED = r"(?:(?:chat\.)?zalo\.me|(?:m|t|fb)\.me|bit\.ly|youtu\.be|forms\.gle|goo\.gl)"
# Letters that a Vietnamese voice may be given; of other scripts the officer is told.
LATIN = "A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?"


class TokenKind(StrEnum):
    """What a token looks like, before any word around it is asked."""

    SPACE = "space"
    WORD = "word"
    NUMBER = "number"
    EMAIL = "email"
    URL = "url"
    NEWLINE = "newline"
    DOTS = "dots"
    END = "end"
    MARK = "mark"


# Lengths are bounded wherever two alternatives could scan the same stretch again: time stays linear.
_TOKEN = re.compile(
    rf"""
    (?P<space>[ ]+)
    |(?P<email>[A-Za-z0-9._%+\-]{{1,64}}+@{_LABEL}(?:\.{_LABEL}){{1,5}})
    |(?P<url>(?:[Hh][TtPp]{{2,4}}[Ss]?:/{{1,2}}|[Ww]{{3}}\.)[!#-'*-;=?-~]{{1,400}}
        |(?=[A-Za-z0-9\-]{{1,64}}+\.[a-zA-Z])(?:{_SHORTENED}|(?:{_LABEL}\.){{1,4}}{_ENDINGS})(?![\w@])(?:/[!#-'*+\--:=?-~]{{0,300}})?)
    |(?P<word>[{LATIN}]+)
    |(?P<number>\d)
    |(?P<newline>\n+)
    |(?P<end>\./\.)
    |(?P<dots>[=\-]+>|\.{{2,}}|…+[.…]*|_{{2,}}|-{{2,}}|={{2,}}|\*{{2,}})
    |(?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)
Match = Callable[[str, int], "re.Match[str] | None"]
match_token: Match = _TOKEN.match
