"""What becomes of a warning from outside, and why: every case that the rules speak of."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.alert import MsgType, Scope, Severity, Status
from broadcaster.domain.audience import EVERYBODY, of_hamlets
from broadcaster.domain.cap import parsing as cap_xml
from broadcaster.domain.cap.area import HamletPlace, StationPlace
from broadcaster.domain.cap.message import Message, Named, Point
from broadcaster.domain.cap.profile import ByItself, Source, Treatment, UnknownArea
from broadcaster.domain.cap.reasons import SENTENCES, Remark, Why
from broadcaster.domain.cap.verdict import NOTHING_EARLIER, Decision, Earlier, Signature, Verdict, judge
from broadcaster.domain.ids import AlertId, HamletId
from tests.fakes.cap_documents import FILES, block, document, raw_file, reference, stamp
from tests.fakes.station_office import MORNING

KEP, NGOT = HamletId("th-kep"), HamletId("th-ngot")
PLACE = StationPlace(
    names=("Xã Hồng Phong",),
    geocodes=(Named(name="VN-XA", value="07123"), Named(name="VN-TINH", value="24")),
    hamlets=(
        HamletPlace(hamlet=KEP, names=("Thôn Kép",), points=(Point(latitude=21.25, longitude=106.15),)),
        HamletPlace(hamlet=NGOT, names=("Thôn Ngọt",), points=(Point(latitude=21.40, longitude=106.30),)),
    ),
)
SOURCE = Source(name="post")
CERTIFIED = replace(SOURCE, certificates=("pem",), by_itself=ByItself.SIGNED)


def verdict(
    raw: bytes, *, source: Source = SOURCE, signature: Signature = Signature.NONE, earlier: Earlier = NOTHING_EARLIER
) -> Verdict:
    """Return the verdict on a document at the usual moment."""
    message = cap_xml.read(raw)
    return judge(message, source=source, place=PLACE, signature=signature, now=MORNING, earlier=earlier)


def outcome(raw: bytes, **more: object) -> tuple[Decision, Why]:
    """Return only what was decided and why."""
    found = verdict(raw, **more)  # type: ignore[arg-type] # passed on as they are
    return found.decision, found.reason.why


def name_of(raw: bytes) -> Message:
    return cap_xml.read(raw)


EXPECTED = {
    **{(s, m, c): (Decision.DROPPED, Why.THEIR_DRAFT) for s in (Status.DRAFT,) for m in MsgType for c in Scope},
    **{(s, m, c): (Decision.NOTED, Why.SYSTEM_MESSAGE) for s in (Status.SYSTEM,) for m in MsgType for c in Scope},
    **{(s, m, c): (Decision.NOTED, Why.TEST_ONLY) for s in (Status.TEST,) for m in MsgType for c in Scope},
    **{
        (s, m, c): (Decision.NOTED, why)
        for s in (Status.ACTUAL, Status.EXERCISE)
        for m, why in ((MsgType.ACK, Why.ACKNOWLEDGEMENT), (MsgType.ERROR, Why.ERROR_REPORT))
        for c in Scope
    },
    **{
        (s, m, c): (Decision.DROPPED, why)
        for s in (Status.ACTUAL, Status.EXERCISE)
        for m in (MsgType.ALERT, MsgType.UPDATE, MsgType.CANCEL)
        for c, why in ((Scope.RESTRICTED, Why.RESTRICTED), (Scope.PRIVATE, Why.PRIVATE))
    },
    **{
        (s, m, Scope.PUBLIC): (Decision.WAITS, Why.WAITS_FOR_A_PERSON)
        for s in (Status.ACTUAL, Status.EXERCISE)
        for m in (MsgType.ALERT, MsgType.UPDATE)
    },
    **{
        (s, MsgType.CANCEL, Scope.PUBLIC): (Decision.DROPPED, Why.REFERS_TO_NOTHING)
        for s in (Status.ACTUAL, Status.EXERCISE)
    },
}


def test_the_table_of_expectations_has_75_rows() -> None:
    assert set(EXPECTED) == {(s, m, c) for s in Status for m in MsgType for c in Scope}


@pytest.mark.parametrize("case", EXPECTED, ids=lambda case: "-".join(case))
def test_each_of_the_75_combinations_has_its_verdict(case: tuple[Status, MsgType, Scope]) -> None:
    status, msg_type, scope = case

    assert outcome(document(status=status, msg_type=msg_type, scope=scope)) == EXPECTED[case]


@pytest.mark.parametrize("case", EXPECTED, ids=lambda case: "-".join(case))
def test_only_actual_and_public_alerts_may_ever_play_by_themselves(case: tuple[Status, MsgType, Scope]) -> None:
    """With the most generous rules there are, and a good signature."""
    status, msg_type, scope = case
    generous = replace(CERTIFIED, exercises=Treatment.WAIT, tests=Treatment.WAIT)
    decision, _ = outcome(
        document(status=status, msg_type=msg_type, scope=scope), source=generous, signature=Signature.GOOD
    )

    may = status is Status.ACTUAL and msg_type in (MsgType.ALERT, MsgType.UPDATE) and scope is Scope.PUBLIC
    assert (decision is Decision.PLAYS) == may


@pytest.mark.parametrize("signature", Signature)
@pytest.mark.parametrize("by_itself", ByItself)
def test_nothing_plays_by_itself_unless_rules_and_signature_say_so(signature: Signature, by_itself: ByItself) -> None:
    decision, _ = outcome(document(), source=replace(CERTIFIED, by_itself=by_itself), signature=signature)

    assert (decision is Decision.PLAYS) == (by_itself is ByItself.SIGNED and signature is Signature.GOOD)


def test_a_foreign_language_or_an_unknown_place_never_plays_by_itself() -> None:
    for raw in (document(language="en"), document(area="<areaDesc>Nơi nào đó</areaDesc>"), document(area="")):
        assert outcome(raw, source=CERTIFIED, signature=Signature.GOOD)[0] is Decision.WAITS


def test_known_bad_rules_would_be_seen() -> None:
    """Negative control: a source whose every message plays is what the tests above catch."""
    assert Source(name="x").by_itself is ByItself.NEVER
    assert outcome(document(), source=CERTIFIED, signature=Signature.GOOD)[0] is Decision.PLAYS


@pytest.mark.parametrize(
    ("source", "signature", "expected"),
    [
        (replace(SOURCE, senders=("ai-khac",)), Signature.NONE, (Decision.DROPPED, Why.UNKNOWN_SENDER)),
        (replace(SOURCE, certificates=("pem",)), Signature.WRONG, (Decision.DROPPED, Why.WRONG_SIGNATURE)),
        (replace(SOURCE, signature_required=True), Signature.NONE, (Decision.DROPPED, Why.UNSIGNED)),
        (replace(SOURCE, signature_required=True), Signature.UNCHECKED, (Decision.DROPPED, Why.UNSIGNED)),
        (replace(SOURCE, signature_required=True), Signature.GOOD, (Decision.WAITS, Why.WAITS_FOR_A_PERSON)),
        (replace(SOURCE, certificates=("pem",)), Signature.NONE, (Decision.WAITS, Why.WAITS_FOR_A_PERSON)),
    ],
)
def test_who_is_believed(source: Source, signature: Signature, expected: tuple[Decision, Why]) -> None:
    assert outcome(document(), source=source, signature=signature) == expected


@pytest.mark.parametrize(
    ("raw", "source", "expected"),
    [
        (document(sent=MORNING + timedelta(minutes=16)), SOURCE, (Decision.DROPPED, Why.FROM_THE_FUTURE)),
        (document(sent=MORNING + timedelta(minutes=14)), SOURCE, (Decision.WAITS, Why.WAITS_FOR_A_PERSON)),
        (document(sent=MORNING - timedelta(hours=25)), SOURCE, (Decision.DROPPED, Why.STALE)),
        (document(expires=MORNING), SOURCE, (Decision.DROPPED, Why.EXPIRED)),
        (document(expires=None, sent=MORNING - timedelta(hours=7)), SOURCE, (Decision.DROPPED, Why.EXPIRED)),
        (document(infos=""), SOURCE, (Decision.DROPPED, Why.NOTHING_SAID)),
        (document(urgency="Past"), SOURCE, (Decision.NOTED, Why.PAST)),
        (document(severity="Minor"), replace(SOURCE, least_severity=Severity.SEVERE), (Decision.NOTED, Why.TOO_SLIGHT)),
        (document(), replace(SOURCE, unwanted_events=("LŨ",)), (Decision.NOTED, Why.UNWANTED_EVENT)),
        (document(status="Test"), replace(SOURCE, tests=Treatment.WAIT), (Decision.WAITS, Why.WAITS_FOR_A_PERSON)),
        (document(status="Exercise"), replace(SOURCE, exercises=Treatment.NOTE),
         (Decision.NOTED, Why.EXERCISE_ELSEWHERE)),
        (document(msg_type="Cancel", references="ai-khac,X,2026-03-02T00:00:00+00:00"), SOURCE,
         (Decision.DROPPED, Why.REFERS_TO_OTHERS)),
        (document(area="<areaDesc>x</areaDesc><polygon>1,1 1,2 2,2 1,1</polygon>"), SOURCE,
         (Decision.DROPPED, Why.ELSEWHERE)),
        (document(area="<areaDesc>Tỉnh khác</areaDesc>"), replace(SOURCE, unknown_area=UnknownArea.DROP),
         (Decision.DROPPED, Why.ELSEWHERE)),
    ],
)  # fmt: skip
def test_what_is_not_used_has_its_reason(raw: bytes, source: Source, expected: tuple[Decision, Why]) -> None:
    assert outcome(raw, source=source) == expected


def test_vietnamese_is_read_before_english_and_english_before_others() -> None:
    blocks = [block(language=language, headline=language) for language in ("fr", "en-GB", "vi-VN")]

    assert verdict(document(infos="".join(blocks))).info.headline == "vi-VN"  # type: ignore[union-attr] # it waits
    english = verdict(document(infos="".join(blocks[:2])))
    assert english.info.headline == "en-GB"  # type: ignore[union-attr] # it waits
    assert english.remarks[0] == Remark.of(Why.OTHER_LANGUAGE, language="en-gb")


def test_the_block_for_this_place_is_read_and_among_several_the_gravest() -> None:
    there = "<areaDesc>x</areaDesc><polygon>1,1 1,2 2,2 1,1</polygon>"
    blocks = [
        block(headline="nơi khác", area=there, severity="Extreme"),
        block(headline="nhẹ", severity="Minor"),
        block(headline="nặng", severity="Severe"),
    ]

    assert verdict(document(infos="".join(blocks))).info.headline == "nặng"  # type: ignore[union-attr] # it waits


def test_an_expired_block_is_passed_over() -> None:
    blocks = block(headline="cũ", expires=MORNING) + block(headline="mới", language="en")

    assert verdict(document(infos=blocks)).info.headline == "mới"  # type: ignore[union-attr] # it waits


def test_vietnamese_file_reaches_the_hamlet_in_its_polygon_and_code() -> None:
    found = verdict(raw_file("vn-flood.xml"))

    assert (found.decision, found.audience, found.remarks) == (Decision.WAITS, EVERYBODY, ())
    assert found.info.event == "lũ trên báo động 2"  # type: ignore[union-attr] # it waits


@pytest.mark.parametrize(
    ("area", "audience"),
    [
        ("<areaDesc>thon kep</areaDesc>", of_hamlets([KEP])),
        ("<areaDesc>Thôn Kép và thôn Ngọt, xã Hồng Phong</areaDesc>", EVERYBODY),
        ("<areaDesc>x</areaDesc><circle>21.25,106.15 2</circle>", of_hamlets([KEP])),
        ("<areaDesc>x</areaDesc><geocode><valueName>vn-tinh</valueName><value>24</value></geocode>", EVERYBODY),
    ],
)
def test_audience_is_found_by_name_shape_and_code(area: str, audience: object) -> None:
    assert verdict(document(area=area)).audience == audience


def test_unknown_place_waits_for_a_person_who_is_told() -> None:
    found = verdict(document(area="<areaDesc>Lưu vực sông Cầu</areaDesc>"))

    assert (found.decision, found.audience) == (Decision.WAITS, EVERYBODY)
    assert found.remarks == (Remark.of(Why.AREA_UNKNOWN, area="Lưu vực sông Cầu"),)


def test_end_that_is_missing_or_too_far_is_set_here() -> None:
    endless, far = verdict(document(expires=None)), verdict(document(expires=MORNING + timedelta(days=30)))

    assert endless.expires_at == MORNING + timedelta(hours=5, minutes=55)
    assert far.expires_at == MORNING + timedelta(days=3)
    assert endless.remarks == far.remarks == (Remark.of(Why.END_CHOSEN_HERE),)


FIRST = document(identifier="A")
KNOWN = Earlier(known={name_of(FIRST).name: AlertId("kc-1")})


def test_cancel_calls_off_what_is_known_and_is_kept_for_what_is_not() -> None:
    cancel = document(identifier="B", msg_type="Cancel", references=reference("A"), infos="")

    assert outcome(cancel, earlier=KNOWN) == (Decision.CALLS_OFF, Why.CALLED_OFF)
    assert outcome(cancel) == (Decision.NOTED, Why.CALLS_OFF_UNKNOWN)
    assert verdict(cancel).follows == (name_of(FIRST).name,)


def test_all_clear_by_update_calls_off_too() -> None:
    over = document(identifier="B", msg_type="Update", references=reference("A"), response="AllClear")

    assert outcome(over, earlier=KNOWN) == (Decision.CALLS_OFF, Why.CALLED_OFF)


def test_update_that_leaves_this_place_out_calls_off_what_it_said_before() -> None:
    away = "<areaDesc>x</areaDesc><polygon>1,1 1,2 2,2 1,1</polygon>"
    update = document(identifier="B", msg_type="Update", references=reference("A"), area=away)

    assert outcome(update, earlier=KNOWN) == (Decision.CALLS_OFF, Why.ELSEWHERE)
    assert outcome(update) == (Decision.NOTED, Why.ELSEWHERE)


def test_original_that_comes_after_its_update_is_dropped() -> None:
    late = Earlier(known={}, superseded_by="B")

    assert outcome(FIRST, earlier=late) == (Decision.DROPPED, Why.SUPERSEDED)


def test_update_of_something_unknown_is_taken_as_new_and_says_so() -> None:
    found = verdict(document(msg_type="Update", references=reference("A")))

    assert (found.decision, found.remarks) == (Decision.WAITS, (Remark.of(Why.UPDATES_UNKNOWN),))


def test_nobody_takes_back_what_another_sender_said() -> None:
    foreign = document(identifier="B", sender="ke-la", msg_type="Cancel", references=reference("A"))

    assert outcome(foreign, earlier=KNOWN) == (Decision.DROPPED, Why.REFERS_TO_OTHERS)


def test_message_that_refers_to_itself_takes_nothing_back() -> None:
    itself = document(identifier="A", msg_type="Cancel", references=reference("A"))

    assert outcome(itself, earlier=KNOWN) == (Decision.DROPPED, Why.REFERS_TO_OTHERS)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("us-nws.xml", (Decision.DROPPED, Why.ELSEWHERE)),
        ("ca-naad-update.xml", (Decision.WAITS, Why.WAITS_FOR_A_PERSON)),
        ("ca-naad-heartbeat.xml", (Decision.NOTED, Why.SYSTEM_MESSAGE)),
        ("de-dwd.xml", (Decision.WAITS, Why.WAITS_FOR_A_PERSON)),
        ("de-mowas-cancel.xml", (Decision.NOTED, Why.CALLS_OFF_UNKNOWN)),
        ("au-fire.xml", (Decision.DROPPED, Why.ELSEWHERE)),
        ("ph-rain.xml", (Decision.DROPPED, Why.ELSEWHERE)),
        ("cn-storm.xml", (Decision.WAITS, Why.WAITS_FOR_A_PERSON)),
        ("it-fire.xml", (Decision.DROPPED, Why.RESTRICTED)),
        ("vn-flood.xml", (Decision.WAITS, Why.WAITS_FOR_A_PERSON)),
    ],
)
def test_files_of_several_countries_have_the_right_verdict(name: str, expected: tuple[Decision, Why]) -> None:
    """Where shapes leave us out it is dropped; where only foreign codes or names stand, a person must tell."""
    assert outcome(raw_file(name)) == expected


def test_files_dropped_where_unknown_places_are_not_wanted() -> None:
    strict = replace(SOURCE, unknown_area=UnknownArea.DROP)
    kept = [name for name in FILES if outcome(raw_file(name), source=strict)[0] is Decision.WAITS]

    assert kept == ["vn-flood.xml"]


def test_what_one_draft_cannot_say_is_said_beside_it() -> None:
    """Two dangers for two hamlets in one message: the draft takes the graver one, and names the other."""
    infos = block(area="<areaDesc>Thôn Kép</areaDesc>", headline="Sạt lở", severity="Moderate") + block(
        area="<areaDesc>Thôn Ngọt</areaDesc>", severity="Extreme"
    )
    found = verdict(document(infos=infos))

    assert found.audience == of_hamlets([NGOT])
    assert found.remarks == (Remark.of(Why.SAYS_MORE, count="1", headlines="Sạt lở"),)


def test_the_same_in_other_languages_is_not_more() -> None:
    assert verdict(document(infos=block() + block(language="en") + block(language="fr"))).remarks == ()


@pytest.mark.parametrize("field", ["effective", "onset"])
def test_a_beginning_at_the_end_of_all_time_is_judged(field: str) -> None:
    far = block(expires=None).replace("<headline>", f"<{field}>9999-12-31T23:59:59Z</{field}><headline>")

    assert outcome(document(infos=far)) == (Decision.WAITS, Why.WAITS_FOR_A_PERSON)


def test_every_reason_has_a_sentence_in_which_every_value_is_put() -> None:
    assert set(SENTENCES) == set(Why)
    for why, sentence in SENTENCES.items():
        names = "sender note hours by event language area problem source count headlines"
        values = dict.fromkeys(names.split(), "x")
        assert "{" not in Remark.of(why, **values).sentence(), sentence


def test_remark_is_kept_as_json() -> None:
    remark = Remark.of(Why.STALE, hours="24")

    assert Remark.from_json(remark.as_json()) == remark
    with pytest.raises(ValueError, match="not a remark"):
        Remark.from_json({"why": "stale"})


moments = st.integers(-40 * 60, 40 * 60).map(lambda minutes: MORNING + timedelta(minutes=minutes))


@given(
    st.sampled_from(Status),
    st.sampled_from(MsgType),
    st.sampled_from(Scope),
    moments,
    moments,
    st.sampled_from(Signature),
)
def test_what_waits_is_always_live_public_and_for_somebody(
    status: Status, msg_type: MsgType, scope: Scope, sent: object, expires: object, signature: Signature
) -> None:
    raw = document(status=status, msg_type=msg_type, scope=scope, sent=sent, expires=expires)  # type: ignore[arg-type] # instants
    found = verdict(raw, source=CERTIFIED, signature=signature)

    if found.decision in (Decision.WAITS, Decision.PLAYS):
        assert found.expires_at is not None
        assert found.expires_at > MORNING
        assert found.audience is not None
        assert scope is Scope.PUBLIC
        assert status in (Status.ACTUAL, Status.EXERCISE)
        assert signature is not Signature.WRONG
    else:
        assert found.info is None


def test_stamp_is_what_cap_wants() -> None:
    assert stamp(MORNING) == "2026-03-02T01:00:00+00:00"
