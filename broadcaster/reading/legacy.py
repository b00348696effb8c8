"""Tables of the fonts that offices used before Unicode: TCVN3 (.VnTime) and VNI, and of Telex keystrokes."""

import unicodedata
from functools import cache

_LOWER = "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ"
# The same letters, in the same order, as TCVN3 shows them in a Latin-1 text; the one for ư is a soft hyphen.
_TCVN3_LOWER = "µ¸¶·¹¨»¾¼½Æ©ÇÊÈÉË®ÌÐÎÏÑªÒÕÓÔÖ×ÝØÜÞßãáâä«åèæçé¬êíëìîïóñòô\u00adõøö÷ùúýûüþ"
_TCVN3_UPPER = {"¡": "Ă", "¢": "Â", "£": "Ê", "¤": "Ô", "¥": "Ơ", "¦": "Ư", "§": "Đ"}

# VNI writes a vowel and then a mark. The marks for plain vowels, for ă, and for â ê ô.
_VNI_PLAIN = {"ø": "\u0300", "ù": "\u0301", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
_VNI_BREVE = {"ê": "ă", "è": "ằ", "é": "ắ", "ú": "ẳ", "ü": "ẵ", "ë": "ặ"}
_VNI_HAT = {
    "a": {"â": "â", "à": "ầ", "á": "ấ", "å": "ẩ", "ã": "ẫ", "ä": "ậ"},
    "e": {"â": "ê", "à": "ề", "á": "ế", "å": "ể", "ã": "ễ", "ä": "ệ"},
    "o": {"â": "ô", "à": "ồ", "á": "ố", "å": "ổ", "ã": "ỗ", "ä": "ộ"},
}
_VNI_SINGLE = {"æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ", "ô": "ơ", "ö": "ư", "ñ": "đ"}

TELEX_TONES = {"f": "\u0300", "s": "\u0301", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
TELEX_PAIRS = {"aa": "â", "aw": "ă", "ee": "ê", "oo": "ô", "ow": "ơ", "uw": "ư", "dd": "đ"}


@cache
def tcvn3_table() -> dict[int, str]:
    """A table for `str.translate` from TCVN3 as Latin-1 to composed Unicode."""
    lower = dict(zip(_TCVN3_LOWER, _LOWER, strict=True))
    return str.maketrans(lower | _TCVN3_UPPER)


@cache
def vni_pairs() -> dict[str, str]:
    """One or two characters of VNI to one composed letter, both cases."""
    pairs: dict[str, str] = dict(_VNI_SINGLE)
    for vowel in "aeouy":
        for mark, tone in _VNI_PLAIN.items():
            pairs[vowel + mark] = unicodedata.normalize("NFC", vowel + tone)
    for base, letter in (("ô", "ơ"), ("ö", "ư")):
        for mark, tone in _VNI_PLAIN.items():
            pairs[base + mark] = unicodedata.normalize("NFC", letter + tone)
    pairs |= {f"a{mark}": letter for mark, letter in _VNI_BREVE.items()}
    for vowel, marks in _VNI_HAT.items():
        pairs |= {vowel + mark: letter for mark, letter in marks.items()}
    upper = {pair.upper(): letter.upper() for pair, letter in pairs.items()}
    mixed = {pair[0].upper() + pair[1:]: letter.upper() for pair, letter in pairs.items() if len(pair) == 2}
    return pairs | mixed | upper
