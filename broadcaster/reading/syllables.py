"""Which letter strings are Vietnamese syllables, and where words that were typed together come apart."""

from functools import cache, lru_cache

_ONSETS = ("", *"b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x".split())
_RHYMES = frozenset(
    """a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây
    e ec em en eng eo ep et ê êch êm ên ênh êp êt êu êc i ich im in inh ip it iu ia iêc iêm iên iêng iêp iêt iêu
    o oc oi om on ong op ot oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oe oen oeo oet
    ooc oong ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt u uc ui um un ung up ut ua uôc uôi uôm uôn uông uôt uân uâng
    uât uây uê uêch uên uênh uêt uêu uơ uơt uy uych uynh uyt uya uyên uyêt uyu uyn uyp uao uau uang
    ư ưc ưi ưng ưt ưu ưa ươc ươi ươm ươn ương ươp ươt ươu ưm ưn y yêm yên yêng yêt yêu""".split()
)
_FRONT = frozenset("eêiy")
_BASE_OF_TONE = {
    toned: base
    for base, tones in {
        "a": "àáảãạ", "ă": "ằắẳẵặ", "â": "ầấẩẫậ", "e": "èéẻẽẹ", "ê": "ềếểễệ", "i": "ìíỉĩị",
        "o": "òóỏõọ", "ô": "ồốổỗộ", "ơ": "ờớởỡợ", "u": "ùúủũụ", "ư": "ừứửữự", "y": "ỳýỷỹỵ",
    }.items()
    for toned in tones
}  # fmt: skip
_TONELESS = str.maketrans(_BASE_OF_TONE)
_TONED = frozenset(_BASE_OF_TONE)
_CLOSED_TONES = frozenset("áắấéếíóốớúứýạặậẹệịọộợụựỵ")
VIETNAMESE_LETTERS = _TONED | frozenset("ăâđêôơư")
_LONGEST_GLUED = 40
_CACHED_WORDS = 16384


@cache
def _toneless_syllables() -> frozenset[str]:
    return frozenset(onset + rhyme for onset in _ONSETS for rhyme in _RHYMES if _fits(onset, rhyme))


def _fits(onset: str, rhyme: str) -> bool:
    """Spelling rules: k, gh, ngh before e, ê, i, y only; c, g, ng never there; q is its own."""
    front = rhyme[0] in _FRONT
    if onset in ("k", "gh", "ngh"):
        return front
    if onset in ("c", "ng"):
        return not front
    if onset == "g":
        return not front or rhyme in ("i", "in", "iêng", "iêc", "iêt", "ip", "ia")
    if onset == "qu":
        return rhyme[0] != "u" and rhyme[0] != "ư"
    if onset == "gi":
        return rhyme[0] not in "iy" or rhyme.startswith("iê")
    if onset:
        return not rhyme.startswith("yê")
    return True


@lru_cache(maxsize=_CACHED_WORDS)
def is_syllable(word: str) -> bool:
    """True for one possible Vietnamese syllable in lower case, with at most one tone mark, rightly chosen."""
    tones = [letter for letter in word if letter in _TONED]
    if len(tones) > 1 or len(word) > 7:
        return False
    base = word.translate(_TONELESS)
    if base not in _toneless_syllables():
        return False
    closed = base.endswith(("c", "ch", "p", "t"))
    return not closed or (bool(tones) and tones[0] in _CLOSED_TONES)


def has_vietnamese_letters(word: str) -> bool:
    """True when a lower-case word holds a letter that only Vietnamese spelling uses."""
    return not word.isascii() and any(letter in VIETNAMESE_LETTERS for letter in word)


def has_vowel(word: str) -> bool:
    """True when a lower-case word could be pronounced at all."""
    return any(letter in "aeiouyăâêôơư" for letter in word.translate(_TONELESS))


@lru_cache(maxsize=_CACHED_WORDS)
def splits(word: str, loans: frozenset[str] = frozenset()) -> tuple[tuple[str, ...], ...]:
    """Every way to cut a glued lower-case word into two to four syllables or loan words, the fewest parts first."""
    if len(word) > _LONGEST_GLUED:
        return ()
    found = [parts for parts in _cut(word, 4, loans) if len(parts) > 1]
    return tuple(sorted(found, key=lambda parts: (len(parts), -min(map(len, parts)))))


def _cut(word: str, most: int, loans: frozenset[str]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [(word,)] if _is_part(word, loans) else []
    if most > 1:
        for at in range(2, len(word) - 1):
            if _is_part(word[:at], loans):
                found.extend((word[:at], *rest) for rest in _cut(word[at:], most - 1, loans))
    return found


def _is_part(part: str, loans: frozenset[str]) -> bool:
    return is_syllable(part) or part in loans
