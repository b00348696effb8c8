"""What a listener cannot hear is folded away before two readings are compared."""

import re
import unicodedata

_TONE_PLACES = dict(
    zip(
        "oà oá oả oã oạ oè oé oẻ oẽ oẹ uỳ uý uỷ uỹ uỵ".split(),
        "òa óa ỏa õa ọa òe óe ỏe õe ọe ùy úy ủy ũy ụy".split(),
        strict=True,
    )
)
_TONE = re.compile(r"(?<!q)(" + "|".join(_TONE_PLACES) + r")\b")
_SAME = (("tỉ", "tỷ"), ("kỉ", "kỷ"), ("qui", "quy"), ("lit", "lít"), ("met", "mét"), ("gram", "gam"))


def fold(text: str) -> str:
    """Case, punctuation, spaces, the place of a tone mark, and i for y do not count."""
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    text = "".join(letter if letter.isalnum() or unicodedata.category(letter)[0] == "M" else " " for letter in text)
    text = _TONE.sub(lambda match: _TONE_PLACES[match.group(1)], " ".join(text.split()))
    for written, said in _SAME:
        text = re.sub(rf"\b{written}\b", said, text)
    return text
