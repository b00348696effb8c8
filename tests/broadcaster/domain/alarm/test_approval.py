"""Who is enough: two people for an area-wide real alert, or a broken glass; one for everything else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcaster.domain.alarm.approval import (
    APPROVE_WITHIN,
    AlertChanged,
    ApprovalTooLate,
    GlassBrokenTooOften,
    NobodyApproved,
    NotForLoudspeakers,
    ReasonMissing,
    SecondPersonMissing,
    check_approvable,
    check_glass,
    enough,
    is_area_wide,
)
from broadcaster.domain.alarm.rules import ExpiryInThePast
from broadcaster.domain.alarm.speech import correction_of
from broadcaster.domain.alarm.vouching import Part, Statement
from broadcaster.domain.alert import Content, Scope, Status
from broadcaster.domain.audience import EVERYBODY, Place, of_clusters, of_hamlets
from broadcaster.domain.ids import AlertId, ClusterId, HamletId, UserId
from tests.broadcaster.domain.alert_values import CONTENT, NOW, PHRASE, alert_of, contents, said

APPROVERS = frozenset({UserId("minh"), UserId("dung")})
PLACES = [Place(cluster=ClusterId(f"cl-{n}"), hamlet=HamletId(f"th-{n % 4}")) for n in range(8)]


def lacking(*statements: Statement, content: Content = CONTENT, area_wide: bool = True, **more: Any) -> Any:
    """Return the kind of what is lacking, None when these are enough."""
    asked = {"approvers": APPROVERS, "phrase": PHRASE, "now": NOW} | more
    found = enough(content, statements, area_wide=area_wide, **asked)
    return type(found) if found is not None else None


AUTHOR, APPROVER, GLASS = Part.AUTHOR, Part.APPROVER, Part.BREAK_GLASS


def test_author_and_another_approver_are_enough() -> None:
    assert lacking(said("lan", AUTHOR), said("minh", APPROVER)) is None


def test_one_person_in_two_parts_is_not_enough() -> None:
    assert lacking(said("dung", AUTHOR), said("dung", APPROVER)) is SecondPersonMissing
    assert lacking(said("dung", APPROVER), said("dung", APPROVER)) is SecondPersonMissing
    assert lacking(said("dung", AUTHOR)) is SecondPersonMissing


def test_two_who_are_no_approvers_are_not_enough() -> None:
    assert lacking(said("lan", AUTHOR), said("hoa", APPROVER)) is SecondPersonMissing
    assert lacking(said("lan", AUTHOR), said("hoa", GLASS, reason="vội")) is SecondPersonMissing


def test_wrong_phrase_other_content_and_stale_words_do_not_count() -> None:
    other = replace(CONTENT, text="khác")
    old = NOW - APPROVE_WITHIN - timedelta(seconds=1)

    assert lacking(said("lan", AUTHOR), said("minh", APPROVER, phrase="sai")) is SecondPersonMissing
    assert lacking(said("lan", AUTHOR), said("minh", APPROVER, content=other)) is SecondPersonMissing
    assert lacking(said("lan", AUTHOR, at=old), said("minh", APPROVER)) is SecondPersonMissing
    assert lacking(said("lan", AUTHOR), said("minh", APPROVER, at=NOW + timedelta(hours=1))) is SecondPersonMissing


def test_broken_glass_wants_a_reason() -> None:
    assert lacking(said("minh", GLASS, reason="không gọi được ai")) is None
    assert lacking(said("minh", GLASS, reason=" ")) is SecondPersonMissing


def test_one_approver_is_enough_for_drills_and_for_a_few_hamlets() -> None:
    drill = replace(CONTENT, status=Status.EXERCISE)

    assert lacking(said("dung", APPROVER, content=drill), content=drill) is None
    assert lacking(said("dung", AUTHOR), said("dung", APPROVER), area_wide=False) is None
    assert lacking(said("dung", AUTHOR), area_wide=False) is NobodyApproved


def test_what_loudspeakers_may_not_say_is_never_enough() -> None:
    private = replace(CONTENT, scope=Scope.PRIVATE)

    assert lacking(said("lan", AUTHOR, content=private), said("minh", APPROVER, content=private),
                   content=private) is NotForLoudspeakers  # fmt: skip


def test_correction_needs_one_and_only_in_the_fixed_words() -> None:
    correction = correction_of(CONTENT, AlertId("kc-1"), now=NOW)
    forged = replace(correction, text=correction.text + " Sơ tán ngay.")
    wailing = replace(correction, siren=CONTENT.siren)

    assert lacking(said("minh", APPROVER, content=correction), content=correction) is None
    for bad in (forged, wailing, replace(correction, references=None)):
        assert lacking(said("minh", APPROVER, content=bad), content=bad) is SecondPersonMissing


STATEMENTS = st.lists(
    st.builds(
        said,
        st.sampled_from(["lan", "minh", "dung", "hoa"]),
        st.sampled_from([AUTHOR, APPROVER]),
        phrase=st.sampled_from([PHRASE, "sai", ""]),
        at=st.sampled_from([NOW, NOW - APPROVE_WITHIN * 2, NOW + APPROVE_WITHIN]),
    ),
    max_size=6,
)


Rule = Callable[[list[Statement]], object]


def check_two_people(rule: Rule, statements: list[Statement]) -> None:
    """Fail when `rule` lets an area-wide real alert go that fewer than two fresh people stand for."""
    if rule(statements) is None:
        fresh = [s for s in statements if s.at == NOW]
        assert len({s.person for s in fresh}) >= 2
        assert any(s.person in APPROVERS and s.phrase == PHRASE and s.part is APPROVER for s in fresh)


@given(STATEMENTS)
def test_area_wide_real_alerts_never_rest_on_one(statements: list[Statement]) -> None:
    check_two_people(lambda said_of: lacking(*said_of), statements)


def test_known_bad_rule_would_be_caught() -> None:
    """Negative control: a rule that counts statements instead of people lets one person through."""

    def careless(statements: list[Statement]) -> object:
        return None if len(statements) >= 2 else SecondPersonMissing

    caught = settings(report_multiple_bugs=False, print_blob=False)(
        given(STATEMENTS)(lambda statements: check_two_people(careless, statements))
    )
    with pytest.raises(AssertionError):
        caught()


@given(contents(), st.booleans())
def test_nobody_is_never_enough(content: Content, area_wide: bool) -> None:
    assert lacking(content=content, area_wide=area_wide) is not None


def test_area_wide_is_a_share_of_clusters_and_not_cut_into_slices() -> None:
    six, two = of_hamlets(["th-0", "th-1", "th-2"]), of_hamlets(["th-3"])
    beside = [place.cluster for place in PLACES if place.hamlet != "th-3"]

    assert is_area_wide(EVERYBODY, PLACES)
    assert not is_area_wide(six, PLACES)
    assert is_area_wide(of_clusters([f"cl-{n}" for n in range(7)]), PLACES)
    assert not is_area_wide(two, PLACES)
    assert is_area_wide(two, PLACES, beside=beside)
    assert is_area_wide(of_clusters(["cl-0"]), PLACES[:1])


def test_approval_is_of_this_content_and_soon() -> None:
    alert = alert_of(live_at=None)
    check_approvable(alert, content_sha256=alert.content_sha256, now=NOW + APPROVE_WITHIN)
    with pytest.raises(AlertChanged):
        check_approvable(alert, content_sha256="0" * 64, now=NOW)
    with pytest.raises(ApprovalTooLate):
        check_approvable(
            alert, content_sha256=alert.content_sha256, now=NOW + APPROVE_WITHIN + timedelta(seconds=1)
        )  # fmt: skip
    from_outside = alert_of(author=None)
    check_approvable(from_outside, content_sha256=alert.content_sha256, now=NOW + timedelta(hours=5))
    with pytest.raises(ExpiryInThePast):
        check_approvable(from_outside, content_sha256=alert.content_sha256, now=NOW + timedelta(hours=6))


def test_glass_is_broken_seldom_and_for_a_reason() -> None:
    check_glass("mất liên lạc", broken_lately=1)
    with pytest.raises(ReasonMissing):
        check_glass("", broken_lately=0)
    with pytest.raises(GlassBrokenTooOften):
        check_glass("mất liên lạc", broken_lately=2)
