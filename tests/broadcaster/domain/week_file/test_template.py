"""A week as a file: read with every fault on its line, written back the same, bound to a station's places."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcaster.adapters.schedule_files import folder, profiles, read_text, templates
from broadcaster.domain.audience import EVERYBODY, Audience, of_clusters, of_hamlets
from broadcaster.domain.errors import Invalid
from broadcaster.domain.ids import HamletId
from broadcaster.domain.programme import (
    BoxSegment,
    FillerSegment,
    FixedSegment,
    Programme,
    ProgrammeId,
    RelaySegment,
    Role,
    Section,
    SegmentId,
    Slot,
    SoundName,
    sounds_needed,
)
from broadcaster.domain.week.calendar import Holiday, LunarDay
from broadcaster.domain.week.recurrence import Break, LunarBreak, Move, OnHolidays, Recurrence
from broadcaster.domain.week_file.reading import read_template
from broadcaster.domain.week_file.template import (
    GROUP,
    Group,
    Template,
    UnassignedGroup,
    UnknownHamlet,
    WantedSound,
    bind,
)
from broadcaster.domain.week_file.toml_tables import Fault, FaultyFile
from broadcaster.domain.week_file.writing import as_template, write_template

GOOD = """\
[station]
name = "Xã thử"
profile = "quoc-gia"

[[sounds]]
name = "nhac"
title = "Nhạc hiệu"

[[programmes]]
id = "chieu"
title = "Buổi chiều"
starts = "17:00"
minutes = 30
breaks = [
    { first_day = 2026-05-01, last_day = 2026-05-03, reason = "Nghỉ lễ" },
]

[[programmes.segments]]
kind = "jingle"
id = "mo"
title = "Nhạc hiệu"
sound = "nhac"

[[programmes.segments]]
kind = "bulletins"
id = "tin"
title = "Bản tin"
minutes = 10
"""

titles = st.text("abc đưĂ“”\"'\\#[]{}=,\n", min_size=1, max_size=12).filter(str.strip)
slugs = st.from_regex(r"[a-z0-9][a-z0-9-]{0,8}", fullmatch=True)
lengths = st.integers(1, 7200).map(lambda s: timedelta(seconds=s))
audiences = st.one_of(
    st.none(),
    st.just(EVERYBODY),
    st.just(of_hamlets([GROUP + "mong"])),
    st.lists(titles, min_size=1, max_size=3, unique=True).map(of_hamlets),
    st.lists(slugs, min_size=1, max_size=3, unique=True).map(of_clusters),
)
sounds = st.sampled_from(["nhac", "loi"]).map(SoundName)
segments = st.one_of(
    st.builds(
        FixedSegment, id=slugs.map(SegmentId), title=titles, sound=sounds, audience=audiences,
        role=st.sampled_from(Role),
    ),
    st.builds(
        RelaySegment, id=slugs.map(SegmentId), title=titles, length=lengths, audience=audiences,
        urls=st.lists(st.just("https://vov/1"), min_size=1, max_size=3).map(tuple),
        silence=st.integers(1, 120).map(lambda s: timedelta(seconds=s)), filler=st.none() | sounds,
    ),
    st.builds(
        BoxSegment, id=slugs.map(SegmentId), title=titles, length=lengths, audience=audiences,
        sections=st.lists(st.sampled_from(Section), min_size=1, max_size=2, unique=True).map(tuple),
    ),
    st.builds(
        FillerSegment, id=slugs.map(SegmentId), title=titles, length=lengths, audience=audiences,
        sounds=st.lists(sounds, min_size=1, max_size=3).map(tuple),
    ),
)  # fmt: skip
days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
lunar = st.builds(LunarDay, day=st.integers(1, 30), month=st.integers(0, 12))
yearly = st.builds(LunarDay, day=st.integers(1, 30), month=st.integers(1, 12))
recurrences = st.builds(
    Recurrence,
    rule=st.sampled_from(["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,SU", "FREQ=MONTHLY;BYDAY=1SA"]),
    first_day=st.none() | st.just(date(2026, 1, 1)),
    last_day=st.none() | st.just(date(2027, 1, 1)),
    lunar_days=st.lists(lunar, max_size=2).map(tuple),
    extra_days=st.lists(days, max_size=2).map(tuple),
    on_holidays=st.sampled_from(OnHolidays),
    holidays=st.lists(st.sampled_from(Holiday), max_size=2, unique=True).map(tuple),
    breaks=st.lists(
        st.builds(
            lambda d, n, r: Break(first_day=d, last_day=d + timedelta(days=n), reason=r),
            days, st.integers(0, 9), titles,
        ),
        max_size=2,
    ).map(tuple),
    lunar_breaks=st.lists(st.builds(LunarBreak, first=yearly, last=yearly, reason=titles), max_size=2).map(tuple),
)  # fmt: skip
clocks = st.builds(time, st.integers(0, 23), st.integers(0, 59))
programmes = st.builds(
    Programme,
    id=slugs.map(ProgrammeId),
    title=titles,
    slot=st.builds(
        Slot, starts=clocks, length=lengths, days=recurrences,
        moves=st.lists(st.builds(Move, day=days, starts=clocks), max_size=2, unique_by=lambda m: m.day).map(tuple),
    ),
    segments=st.lists(segments, min_size=1, max_size=4, unique_by=lambda s: s.id).map(tuple),
    audience=audiences.filter(bool),
    special=st.just("") | titles,
    active=st.booleans(),
)  # fmt: skip


def faults(text: str) -> list[tuple[int, str]]:
    """Return the line and the kind of each fault."""
    with pytest.raises(FaultyFile) as caught:
        read_template(text, hamlets=["Thôn Đông"], profiles=["quoc-gia"])
    return [(fault.line, fault.problem.code) for fault in caught.value.faults]


def template_of(*wanted: Programme) -> Template:
    """Return a template of these programmes."""
    return Template(
        name="Xã thử",
        description="",
        profile="quoc-gia",
        programmes=wanted,
        sounds=(WantedSound(name=SoundName("nhac"), title="Nhạc"), WantedSound(name=SoundName("loi"), title="Lời")),
        groups=(Group(id="mong", title="Các bản Mông"),),
    )


def test_good_file_is_read() -> None:
    template = read_template(GOOD)

    assert [p.id for p in template.programmes] == ["chieu"]
    assert template.programmes[0].slot.days.breaks[0].reason == "Nghỉ lễ"


def test_windows_line_ends_and_a_byte_order_mark_do_not_matter() -> None:
    assert read_template(GOOD.replace("\n", "\r\n")) == read_template(GOOD)
    assert read_template("\ufeff" + GOOD.replace("\n", "\r")) == read_template(GOOD)


@settings(deadline=None, max_examples=15)
@given(st.lists(programmes, min_size=1, max_size=3, unique_by=lambda p: p.id))
def test_what_is_written_is_read_back_the_same(wanted: list[Programme]) -> None:
    template = template_of(*wanted)

    assert read_template(write_template(template)) == template


@pytest.mark.parametrize("name", sorted(templates()))
def test_shipped_template_goes_round(name: str) -> None:
    template = templates()[name]

    assert read_template(write_template(template)) == template


@pytest.mark.parametrize("name", sorted(templates()))
def test_shipped_template_is_complete(name: str) -> None:
    template = templates()[name]

    assert template.profile in profiles()
    assert {s.name for s in template.sounds} == set(sounds_needed(template.programmes))
    assert template.description


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (('starts = "17:00"', 'starts = "25:00"'), [(12, "wrong_kind")]),
        (('starts = "17:00"', 'stars = "17:00"'), [(9, "key_missing"), (12, "key_unknown")]),
        (("minutes = 30", "minutes = 999"), [(13, "bad_length")]),
        (("minutes = 30", 'minutes = "30"'), [(13, "wrong_kind")]),
        (("2026-05-03", "2026-04-03"), [(15, "days_reversed")]),
        (("reason =", "because ="), [(15, "key_unknown")]),
        (('kind = "jingle"', 'kind = "music"'), [(19, "not_among")]),
        (('sound = "nhac"', 'sound = "khac"'), [(22, "unknown_sound")]),
        (('id = "tin"', 'id = "mo"'), [(26, "segment_names_clash")]),
        (('id = "tin"', 'id = "Bản tin"'), [(26, "bad_name")]),
        (("minutes = 10", "minutes = 0"), [(28, "bad_length")]),
        (("minutes = 10", 'minutes = 10\naudience = { groups = ["x"] }'), [(29, "unknown_group")]),
        (("minutes = 10", "minutes = 10\naudience = { all = true, clusters = [\"c\"] }"), [(29, "mixed_audience")]),
        (("minutes = 10", "minutes = 10\naudience = {}"), [(29, "empty_audience")]),
        (('title = "Nhạc hiệu"\n\n', 'title = "Nhạc hiệu\n\n'), [(7, "not_toml")]),
        (('[station]\nname = "Xã thử"\nprofile = "quoc-gia"\n', ""), [(1, "key_missing")]),
        (('starts = "17:00"', 'starts = "17:00"\ndays = "hằng ngày"'), [(13, "bad_rule")]),
        (('starts = "17:00"', 'starts = "17:00"\nlunar_days = ["rằm"]'), [(13, "bad_lunar_day")]),
        (('starts = "17:00"', 'starts = "17:00"\nactive = 1'), [(13, "wrong_kind")]),
        (('starts = "17:00"', "starts = 17:00:30"), [(12, "wrong_kind")]),
        (('starts = "17:00"', 'starts = "17:00"\nstarts = "18:00"'), [(13, "written_twice")]),
        (("minutes = 30", "minutes = " + "9" * 40), [(13, "bad_length")]),
        (("minutes = 30", "minutes = -5"), [(13, "bad_length")]),
        (("2026-05-03", "2027-02-29"), [(15, "no_such_moment")]),
        (('starts = "17:00"', 'starts = "17:00"\nlunar_days = ["' + "9" * 5000 + '/3"]'), [(13, "bad_lunar_day")]),
        (('starts = "17:00"', 'starts = "17:00"\nlunar_breaks = [{ first = "28/12" }]'), [(13, "key_missing")]),
        (('starts = "17:00"', 'starts = "17:00"\nfirst_day = 0001-01-01'), [(13, "beyond_calendar")]),
        (('starts = "17:00"', 'starts = "17:00"\nlast_day = 2025-01-01\nfirst_day = 2026-01-01'),
         [(13, "days_reversed")]),
        (('starts = "17:00"', 'starts = "17:00"\nmoves = [{ day = 2026-05-01, starts = "06:00" },\n'
          '{ day = 2026-05-01, starts = "07:00" }]'), [(14, "written_before")]),
        (('id = "chieu"', 'id = "Buổi chiều"'), [(10, "bad_name")]),
        (('id = "chieu"', 'id = "' + "a" * 41 + '"'), [(10, "bad_name")]),
        (('title = "Buổi chiều"', f'title = "{"đ" * 121}"'), [(11, "words_too_long")]),
        (('title = "Buổi chiều"', 'title = "Buổi\\u0000chiều"'), [(11, "words_unreadable")]),
        (('name = "nhac"\ntitle', 'name = "nhac"\nlanguage = "tiếng Mông"\ntitle'), [(7, "language_unknown")]),
        (("[[programmes]]\n", '[[sounds]]\nname = "nhac"\ntitle = "Khác"\n\n[[programmes]]\n'),
         [(10, "written_before")]),
        (("[[programmes]]\n", "[[programme]]\n"), [(9, "key_unknown"), (18, "wrong_kind")]),
        (("minutes = 10", 'minutes = 10\naudience = { hamlets = ["Thôn Lạ"] }'), [(29, "unknown_hamlet")]),
        (('profile = "quoc-gia"', 'profile = "quoc-giaa"'), [(3, "not_among")]),
        (("[station]", "a = " + "[" * 50_000), [(1, "not_toml")]),
    ],
)  # fmt: skip
def test_fault_is_named_with_its_line(change: tuple[str, str], expected: list[tuple[int, str]]) -> None:
    text = GOOD.replace(*change, 1)
    assert text != GOOD

    assert faults(text) == expected


def test_all_faults_are_found_at_once_and_said_in_vietnamese() -> None:
    text = GOOD.replace("17:00", "25:00").replace('kind = "jingle"', 'kind = "music"')

    with pytest.raises(FaultyFile) as caught:
        read_template(text)

    assert str(caught.value).splitlines() == [
        'Dòng 12: Mục “starts” ghi chưa đúng: cần giờ trong ngày, như "05:00".',
        "Dòng 19: Mục “kind” không nhận “music”. Xin chọn một trong: jingle, recording, sign_off, relay, bulletins, "
        "notices, filler.",
    ]


def test_programme_twice_and_none_at_all() -> None:
    head, body = GOOD.split("[[programmes]]", 1)

    assert faults(f"{GOOD}\n[[programmes]]{body}") == [(31, "programme_twice")]
    assert faults(head) == [(1, "no_programmes")]


@settings(deadline=None, max_examples=150)
@given(st.integers(0, len(GOOD)), st.text("[]{}=\"'#,\n.x1 ", max_size=4), st.integers(0, 6))
def test_no_damage_is_worse_than_a_fault(at: int, junk: str, cut: int) -> None:
    """Whatever is typed over a file, it is read, or refused with lines that it has."""
    text = GOOD[:at] + junk + GOOD[at + cut :]
    found: tuple[Fault, ...] = (Fault(line=1, problem=Invalid()),)
    try:
        read_template(text)
    except FaultyFile as exc:
        found = exc.faults

    assert found
    assert all(1 <= fault.line <= text.count("\n") + 1 for fault in found)


def test_binding_gives_the_station_its_own_places() -> None:
    base = read_template(GOOD).programmes[0]
    bulletins = replace(base.segments[1], audience=of_hamlets([GROUP + "mong"]))
    template = template_of(replace(base, audience=of_hamlets(["Thôn Đông"]), segments=(bulletins,)))
    mong: Audience = of_hamlets(["h7"])

    bound = bind(
        template,
        hamlets={"Thôn Đông": HamletId("h1")},
        groups={"mong": mong},
        name=lambda written: ProgrammeId(f"ct-{written}"),
    )

    assert (bound[0].id, bound[0].audience, bound[0].segments[0].audience) == ("ct-chieu", of_hamlets(["h1"]), mong)


def test_group_that_nobody_assigned_is_everybody() -> None:
    base = read_template(GOOD).programmes[0]

    bound = bind(template_of(replace(base, audience=of_hamlets([GROUP + "mong"]))), hamlets={}, groups={})

    assert bound[0].audience == EVERYBODY


def test_audience_for_a_group_that_there_is_not_is_refused() -> None:
    """A slip in a group's name would let everybody hear what one hamlet was to hear."""
    with pytest.raises(UnassignedGroup, match=r"mon.*mong"):
        bind(template_of(read_template(GOOD).programmes[0]), hamlets={}, groups={"mon": of_hamlets(["h7"])})


def test_unknown_hamlet_is_refused_by_name() -> None:
    base = read_template(GOOD).programmes[0]

    with pytest.raises(UnknownHamlet, match="Thôn Đoài"):
        bind(template_of(replace(base, audience=of_hamlets(["Thôn Đoài"]))), hamlets={}, groups={})


def test_station_goes_out_and_comes_in_again() -> None:
    base = read_template(GOOD).programmes[0]
    own = (replace(base, audience=of_hamlets(["h1", "h2"])), replace(base, id=ProgrammeId("khac")))
    names = {HamletId("h1"): "Thôn Đông", HamletId("h2"): "Thôn Tây"}

    text = write_template(as_template(own, name="Xã ta", profile="quoc-gia", hamlets=names, sounds={}))
    back = bind(read_template(text), hamlets={name: h for h, name in names.items()}, groups={})

    assert back == own
    assert 'hamlets = ["Thôn Đông", "Thôn Tây"]' in text


def test_folder_of_templates_is_the_one_of_the_project() -> None:
    assert (folder() / "README.md").is_file()
    assert "nong-thon-hai-buoi" in templates()
    assert "[station]" in read_text(folder() / "mua-lu.toml")
