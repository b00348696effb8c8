"""What an administrator entered about warnings from outside: a feed, a source's rules, where the station lies."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from broadcaster.domain.cap.area import HamletPlace, StationPlace
from broadcaster.domain.cap.message import Named
from broadcaster.domain.cap.profile import ByItself, ProfileWrong, Source, Treatment, UnknownArea
from broadcaster.domain.errors import N_, Invalid, Refusal, refusal
from broadcaster.domain.ids import HamletId
from broadcaster.services.cap.feeds import NewFeed
from broadcaster.services.cap.rules import facts_of
from broadcaster.web.forms import Entered
from broadcaster.web.i18n import Translate

ASKED_EVERY_S = (15, 30, 60, 300, 900, 3600)
DEAD_AFTER_S = (120, 600, 1800, 7200, 21_600, 86_400)
BEATS_WITHIN_S = (3600, 21_600, 86_400, 604_800)
AGES_H = (1, 3, 6, 12, 24, 48, 72, 168)
LIVES_MIN = (30, 60, 180, 360, 720, 1440, 2880, 4320)
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_NUMBER = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{1,12})?")
_SAID = {
    "name": N_("Mã ngắn chỉ gồm chữ, số và các dấu - _ . Xin đặt mã khác."),
    "title": N_("Tên nguồn dài không quá 300 chữ."),
    "senders": N_("Mỗi dòng một nơi gửi, không quá 300 chữ."),
    "unwanted_events": N_("Mỗi dòng một loại tin, không quá 300 chữ."),
    "certificates": N_("Muốn bắt buộc có chữ ký, hoặc cho tự phát, xin dán chứng thư của nguồn trước."),
    "names": N_("Mỗi dòng một tên, không quá 300 chữ."),
    "geocodes": N_("Mỗi dòng một mã, viết: loại mã = giá trị."),
    "points": N_("Mỗi dòng một điểm, viết vĩ độ rồi kinh độ bằng dấu chấm thập phân, ví dụ: 21.2731, 106.1946"),
    "margin_km": N_("Xin ghi số từ 0 đến 100."),
}
_OTHER = N_("Xin chọn lại phần này.")


@refusal
class SourceUnnamed(Invalid):
    message = N_("Xin ghi tên nguồn, ví dụ: Ban Chỉ huy phòng thủ dân sự tỉnh.")


def new_feed(entered: Entered) -> NewFeed:
    """Return the feed that was entered; what is no number is refused by the service as an impossible time."""
    return NewFeed(
        source=entered.one("source"),
        url=entered.one("url").strip(),
        every_s=_number(entered.one("every_s")),
        dead_after_s=_number(entered.one("dead_after_s")),
        beat_within_s=_number(entered.one("beat_within_s")) or None,
        allow_private=entered.ticked("allow_private"),
        other_hosts=_lines(entered.one("other_hosts"))[:10],
    )


def source_of(entered: Entered, before: Source | None) -> Mapping[str, Any]:
    """Return a source's rules as the interface for programs takes them. Raises SourceUnnamed."""
    title = " ".join(entered.one("title").split())
    if not title and before is None:
        raise SourceUnnamed
    name = before.name if before else entered.one("name").strip() or short_name(title)
    return {
        "name": name,
        "title": title,
        "senders": list(_lines(entered.one("senders"))),
        "certificates": list(certificates_in(entered, before)),
        "signature_required": entered.ticked("signature_required"),
        "by_itself": entered.one("by_itself", ByItself.NEVER.value),
        "exercises": entered.one("exercises", Treatment.WAIT.value),
        "tests": entered.one("tests", Treatment.NOTE.value),
        "unknown_area": entered.one("unknown_area", UnknownArea.WAIT.value),
        "least_severity": entered.one("least_severity"),
        "unwanted_events": list(_lines(entered.one("unwanted_events"))),
        "max_age_h": _number(entered.one("max_age_h")),
        "life_min": _number(entered.one("life_min")),
    }


def certificates_in(entered: Entered, before: Source | None) -> tuple[str, ...]:
    """Return the certificates that stay and those that were pasted; what is none is left for the service to refuse."""
    kept = set(entered.every("keep"))
    stay = [pem for pem in (before.certificates if before else ()) if (f := facts_of(pem)) and f.fingerprint in kept]
    pasted = entered.one("pem")
    found = _PEM.findall(pasted)
    rest = _PEM.sub("", pasted).strip()
    return tuple(dict.fromkeys([*stay, *(pem + "\n" for pem in found), *([rest] if rest else ())]))


def fields_of_source(source: Source) -> Entered:
    """Return a source's rules as the form holds them."""
    certificates = [facts.fingerprint for pem in source.certificates if (facts := facts_of(pem))]
    return Entered(
        fields={
            "title": [source.title],
            "name": [source.name],
            "senders": ["\n".join(source.senders)],
            "keep": certificates,
            "signature_required": ["1"] if source.signature_required else [],
            "by_itself": [source.by_itself.value],
            "exercises": [source.exercises.value],
            "tests": [source.tests.value],
            "unknown_area": [source.unknown_area.value],
            "least_severity": [source.least_severity.value],
            "unwanted_events": ["\n".join(source.unwanted_events)],
            "max_age_h": [str(source.max_age_h)],
            "life_min": [str(source.life_min)],
        }
    )


def short_name(title: str) -> str:
    """Return a short name made of a title: `Ban Chỉ huy tỉnh` becomes `ban-chi-huy-tinh`."""
    letters = unicodedata.normalize("NFD", title.casefold().replace("đ", "d"))
    plain = "".join(letter for letter in letters if letter.isascii())
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:60].strip("-")


def place_of(entered: Entered, hamlets: Sequence[HamletId]) -> Mapping[str, Any]:
    """Return where the station lies as the interface for programs takes it; what cannot be read stays unreadable."""
    return {
        "names": list(_lines(entered.one("names"))),
        "geocodes": _pairs(entered.one("geocodes")),
        "margin_km": _decimal(entered.one("margin_km")),
        "hamlets": [
            {
                "hamlet": hamlet,
                "names": list(_lines(entered.one(f"names-{hamlet}"))),
                "geocodes": _pairs(entered.one(f"geocodes-{hamlet}")),
                "points": [_point(line) for line in _lines(entered.one(f"points-{hamlet}"))],
            }
            for hamlet in hamlets
        ],
    }  # fmt: skip


def fields_of_place(place: StationPlace, hamlets: Sequence[HamletId]) -> Entered:
    """Return where the station lies as the form holds it."""
    told = {each.hamlet: each for each in place.hamlets}
    fields = {
        "names": ["\n".join(place.names)],
        "geocodes": [_codes(place.geocodes)],
        "margin_km": [f"{place.margin_km:g}"],
    }
    for hamlet in hamlets:
        known = told.get(hamlet, HamletPlace(hamlet=hamlet))
        fields[f"names-{hamlet}"] = ["\n".join(known.names)]
        fields[f"geocodes-{hamlet}"] = [_codes(known.geocodes)]
        fields[f"points-{hamlet}"] = ["\n".join(f"{point.latitude}, {point.longitude}" for point in known.points)]
    return Entered(fields=fields)


def beside(refused: Refusal, translate: Translate, *, hamlets: Sequence[HamletId] = ()) -> dict[str, str]:
    """Return what is wrong, under the name of the field that it stands beside; `top` where no field is to blame."""
    if not isinstance(refused, ProfileWrong):
        return {_BESIDE.get(refused.code, "top"): refused.sentence(translate)}
    *where, field = refused.field.split(".")
    name = f"{field}-{hamlets[int(where[-1]) - 1]}" if where[1:2] == ["hamlets"] and where[-1].isdecimal() else field
    return {name: translate(_SAID.get(field, _OTHER))}


_BESIDE = {
    "source_unnamed": "title", "source_known": "name", "bad_certificate": "certificates", "bad_feed_address": "url",
    "feed_known": "url", "bad_feed_times": "dead_after_s", "no_such_source": "source",
}  # fmt: skip


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line for raw in text.splitlines() if (line := " ".join(raw.split())))


def _pairs(text: str) -> list[list[str]]:
    return [[part.strip() for part in line.split("=", 1)] for line in _lines(text)]


def _point(line: str) -> list[float]:
    return [float(number) for number in _NUMBER.findall(line)]


def _codes(codes: Sequence[Named]) -> str:
    return "\n".join(f"{code.name} = {code.value}" for code in codes)


def _number(text: str) -> int:
    """Return a whole number, or -1 for what is none: no rule takes that."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1


def _decimal(text: str) -> float:
    plain = text.strip().replace(",", ".")
    return float(plain) if _NUMBER.fullmatch(plain) else -1.0
