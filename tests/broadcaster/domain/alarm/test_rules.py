"""What may be an alert at all, how long it lives, and its hash and phrase."""

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.alarm import rules
from broadcaster.domain.alert import (
    AlertState,
    Content,
    MsgType,
    Scope,
    Status,
    as_plain,
    begins_phrase,
    content_hash,
    from_plain,
    hash_plain,
    is_phrase,
    phrase_of,
)
from broadcaster.domain.errors import Invalid
from broadcaster.domain.ids import UserId
from broadcaster.domain.permissions import NotAllowed, Person, Role
from tests.broadcaster.domain.alert_values import CONTENT, contents

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("msg_type", list(MsgType))
@pytest.mark.parametrize("scope", list(Scope))
def test_only_public_alerts_to_be_acted_on_may_be_drafted(status: Status, msg_type: MsgType, scope: Scope) -> None:
    sounds = status in {Status.ACTUAL, Status.EXERCISE, Status.TEST} and scope is Scope.PUBLIC

    if sounds and msg_type is MsgType.ALERT:
        rules.check_kind(status, msg_type, scope)
    else:
        with pytest.raises(Invalid):
            rules.check_kind(status, msg_type, scope)


def test_each_refused_kind_has_its_own_sentence() -> None:
    refused = {
        (Status.SYSTEM, MsgType.ALERT, Scope.PUBLIC): rules.SystemStatus,
        (Status.DRAFT, MsgType.ALERT, Scope.PUBLIC): rules.DraftStatus,
        (Status.ACTUAL, MsgType.ACK, Scope.PUBLIC): rules.AckIsNoAlert,
        (Status.ACTUAL, MsgType.ERROR, Scope.PUBLIC): rules.ErrorIsNoAlert,
        (Status.ACTUAL, MsgType.UPDATE, Scope.PUBLIC): rules.UpdateNeedsAlert,
        (Status.ACTUAL, MsgType.CANCEL, Scope.PUBLIC): rules.CancelNeedsAlert,
        (Status.ACTUAL, MsgType.ALERT, Scope.RESTRICTED): rules.RestrictedScope,
        (Status.ACTUAL, MsgType.ALERT, Scope.PRIVATE): rules.PrivateScope,
    }
    for kind, expected in refused.items():
        with pytest.raises(expected):
            rules.check_kind(*kind)


@given(contents())
def test_content_survives_its_plain_form(content: Content) -> None:
    assert from_plain(as_plain(content)) == content
    assert hash_plain(as_plain(content)) == content_hash(content)


@given(contents(), contents())
def test_two_contents_share_a_hash_only_when_they_are_the_same(one: Content, other: Content) -> None:
    assert (content_hash(one) == content_hash(other)) == (one == other)


def test_a_changed_letter_changes_the_hash() -> None:
    assert content_hash(CONTENT) != content_hash(replace(CONTENT, text=CONTENT.text + "."))


def test_phrase_forgives_capitals_spaces_and_missing_diacritics() -> None:
    phrase = phrase_of(CONTENT, places="toàn xã")

    assert phrase == "báo động thật lũ quét toàn xã"
    assert is_phrase("  BAO DONG THAT  lu quet\ttoan xa ", phrase)
    assert not is_phrase("diễn tập lũ quét toàn xã", phrase)
    assert not is_phrase("", phrase)


def test_phrase_is_known_however_it_is_written() -> None:
    phrase = "báo động thật lũ quét thôn Đông"
    forms = (
        unicodedata.normalize("NFD", phrase),
        "“Báo động thật: lũ quét – thôn Ðông.”",  # with the Icelandic letter of old keyboards
        "báo đ\u200bộng\u00a0thật lũ quét thôn Đông\u200b",
        "ｂáo động thật lũ quét thôn Đông",
    )

    assert [form for form in forms if not is_phrase(form, phrase)] == []
    assert [form for form in forms if not begins_phrase(form, "báo động thật lũ quét ")] == []
    assert not begins_phrase("Báo động thật, lũ quét.", "báo động thật lũ quét ")
    assert not is_phrase("báo động thật lũ quét thôn Nông", phrase)


def test_drill_and_real_ask_for_different_phrases() -> None:
    said = {phrase_of(replace(CONTENT, status=status), places="toàn xã") for status in
            (Status.ACTUAL, Status.EXERCISE, Status.TEST)}  # fmt: skip

    assert len(said) == 3


def test_life_defaults_and_limits() -> None:
    assert rules.life_of(None, None, now=NOW) == NOW + rules.USUAL_LIFE
    later = NOW + timedelta(days=2)
    assert rules.life_of(later, None, now=NOW) == later + rules.USUAL_LIFE
    with pytest.raises(rules.ExpiryInThePast):
        rules.life_of(None, NOW, now=NOW)
    with pytest.raises(rules.ExpiryTooFar):
        rules.life_of(None, NOW + timedelta(days=4), now=NOW)
    with pytest.raises(rules.EffectiveTooFar):
        rules.life_of(NOW + timedelta(days=60), None, now=NOW)


@pytest.mark.parametrize(("times", "every_s"), [(0, None), (21, None), (2, 59), (2, 86_401)])
def test_rhythm_that_no_box_keeps_is_refused(times: int, every_s: int | None) -> None:
    with pytest.raises(rules.BadRepeat):
        rules.check_repeat(times, every_s)


def test_parts_are_cleaned_and_bounded() -> None:
    assert rules.clean_part("headline", "  Lũ \n quét ") == "Lũ quét"
    assert rules.clean_part("text", " a \n\n  b ") == "a\nb"
    assert rules.clean_part("instruction", " ", needed=False) == ""
    with pytest.raises(rules.PartMissing):
        rules.clean_part("text", " \u200b ")
    with pytest.raises(rules.PartTooLong):
        rules.clean_part("text", "a" * 3001)


def test_who_may_stop_an_alert() -> None:
    def person(*roles: Role) -> Person:
        return Person(id=UserId("nv-1"), station=CONTENT.station, name="x", roles=frozenset(roles))

    rules.require_may_stop(person(Role.APPROVER), author=None)
    rules.require_may_stop(person(Role.EDITOR), author=UserId("nv-1"))
    with pytest.raises(rules.NotYoursToStop):
        rules.require_may_stop(person(Role.EDITOR), author=UserId("nv-2"))
    with pytest.raises(NotAllowed):
        rules.require_may_stop(person(Role.TECHNICIAN), author=UserId("nv-1"))


@given(st.sampled_from(list(AlertState)))
def test_nothing_follows_what_is_over(state: AlertState) -> None:
    over = {AlertState.UPDATED, AlertState.CANCELLED, AlertState.EXPIRED, AlertState.DISCARDED}
    allowed = {action for action in ("edit", "approve", "discard", "cancel", "update", "repeat") if
               rules.may(action, state)}  # fmt: skip

    assert bool(allowed) == (state not in over)
