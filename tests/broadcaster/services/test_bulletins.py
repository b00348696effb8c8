"""A bulletin's life: approved by hash, by somebody else, and void with the first changed letter."""

import pytest

from broadcaster.domain.audience import UnknownAudience, of_clusters, of_hamlets
from broadcaster.domain.bulletin import (
    BulletinState,
    ContentChanged,
    NothingToSay,
    RecordingNotReady,
    WrongState,
    text_hash,
)
from broadcaster.domain.permissions import NotAllowed, OwnBulletin
from broadcaster.domain.station import UnknownVoice
from broadcaster.reading.reader import read
from broadcaster.reading.reading import Choice
from broadcaster.services import bulletins, stations
from broadcaster.services.rendering import StudioFailed
from broadcaster.store import audit
from broadcaster.store import bulletins as rows
from tests.fakes.station_world import VOICES, World


def actions(world: World, subject: str) -> list[str]:
    """Return what the audit trail holds of a thing, oldest first."""
    with world.database.reading() as tx:
        return [line.action for line in reversed(audit.latest(tx, world.station, subject=subject))]


def test_life_from_draft_to_approval(world: World) -> None:
    draft = world.write()
    world.render()
    submitted = bulletins.submit(world.office, actor=world.person("lan"), bulletin=draft.id)
    approved = world.approve(draft)

    assert (draft.state, submitted.state, approved.state) == (
        BulletinState.DRAFT, BulletinState.SUBMITTED, BulletinState.APPROVED,
    )  # fmt: skip
    assert world.find(draft) == approved
    assert actions(world, draft.id) == [
        "bulletin.write", "bulletin.recorded", "bulletin.submit", "bulletin.approve",
    ]  # fmt: skip
    with world.database.reading() as tx:
        (approval,) = rows.approvals_of(tx, draft.id)
    assert (approval.approver, approval.text_sha256, approval.recording_sha256) == (
        "Minh", draft.text_sha256, approved.recording_sha256,
    )  # fmt: skip


def test_text_is_kept_as_written_and_hashed(sqlite_world: World) -> None:
    draft = sqlite_world.write(text="  Ho\u0323p thôn\r\nlúc 7h30 \u200b ")

    assert draft.text == "Họp thôn\nlúc 7h30"
    assert draft.text_sha256 == text_hash("Họp thôn\nlúc 7h30")


@pytest.mark.parametrize("text", ["!!! ???", "— • —", "🙂🙂", "\u0301"])
def test_text_with_no_word_is_refused(sqlite_world: World, text: str) -> None:
    with pytest.raises(NothingToSay):
        sqlite_world.write(text=text)


TCVN3 = "KÝnh th\u00ada bµ con, tèi nay th«n KÐp häp t¹i nhµ v¨n ho¸."
VNI = "Kính thöa baø con, toái nay thoân Keùp hoïp taïi nhaø vaên hoùa."


@pytest.mark.parametrize(("text", "named"), [(TCVN3, "TCVN3"), (VNI, "VNI")])
def test_old_encodings_are_taken_and_named(sqlite_world: World, text: str, named: str) -> None:
    written = sqlite_world.write(text=text)
    reading = read(written.text)
    sqlite_world.render()

    assert "kính thưa bà con" in reading.spoken.lower()
    assert any(named in notice.message for notice in reading.notices)
    assert sqlite_world.find(written).recording_sha256


def test_places_are_the_stations_own(sqlite_world: World) -> None:
    hamlet, cluster = sqlite_world.hamlets[0], sqlite_world.clusters[1]

    assert sqlite_world.write(audience=of_hamlets([hamlet])).audience.hamlets == (hamlet,)
    assert sqlite_world.write(audience=of_clusters([cluster])).audience.clusters == (cluster,)
    for unknown in (of_hamlets(["th-nowhere"]), of_clusters([hamlet])):
        with pytest.raises(UnknownAudience):
            sqlite_world.write(audience=unknown)


def test_voice_is_the_stations_unless_named(sqlite_world: World) -> None:
    assert sqlite_world.write().voice == "espeak"
    assert sqlite_world.write(voice="gtts").voice == "gtts"
    with pytest.raises(UnknownVoice):
        sqlite_world.write(voice="nobody")


@pytest.mark.parametrize("name", ["minh", "hoa"])
def test_only_editors_write(sqlite_world: World, name: str) -> None:
    with pytest.raises(NotAllowed):
        sqlite_world.write(actor=name)


def test_nothing_is_approved_that_cannot_be_heard_yet(world: World) -> None:
    draft = world.write()
    bulletins.submit(world.office, actor=world.person("lan"), bulletin=draft.id)

    with pytest.raises(RecordingNotReady):
        world.approve(draft)
    world.render()
    assert world.approve(draft).state is BulletinState.APPROVED


def test_failed_recording_is_not_submitted(sqlite_world: World) -> None:
    draft = sqlite_world.write()
    sqlite_world.studio.failure = StudioFailed("Hết đĩa.")
    sqlite_world.render()

    with pytest.raises(RecordingNotReady):
        bulletins.submit(sqlite_world.office, actor=sqlite_world.person("lan"), bulletin=draft.id)


def test_two_tabs_second_letter_voids_the_approval(world: World) -> None:
    """The approver listens in one tab while the editor changes a letter in another."""
    draft = world.write()
    world.render()
    bulletins.submit(world.office, actor=world.person("lan"), bulletin=draft.id)
    heard = world.find(draft)
    world.rewrite(heard, text=heard.text + "!")

    with pytest.raises(WrongState):
        approve_as_heard(world, heard)
    world.render()
    bulletins.submit(world.office, actor=world.person("lan"), bulletin=draft.id)
    with pytest.raises(ContentChanged):
        approve_as_heard(world, heard)

    assert world.find(draft).state is BulletinState.SUBMITTED


def test_two_tabs_other_recording_of_the_same_text_voids_the_approval(sqlite_world: World) -> None:
    world = sqlite_world
    draft = world.write()
    world.render()
    bulletins.submit(world.office, actor=world.person("lan"), bulletin=draft.id)
    heard = world.find(draft)
    world.rewrite(heard, voice="gtts")
    world.render()
    bulletins.submit(world.office, actor=world.person("lan"), bulletin=draft.id)

    assert world.find(draft).text_sha256 == heard.text_sha256
    with pytest.raises(ContentChanged):
        approve_as_heard(world, heard)


def test_chosen_reading_changes_what_is_approved(sqlite_world: World) -> None:
    plain = sqlite_world.write()
    chosen = sqlite_world.rewrite(plain, choices=(Choice(written="Kép", occurrence=0, spoken="kép một"),))

    assert chosen.text_sha256 != plain.text_sha256
    with sqlite_world.database.reading() as tx:
        assert rows.choices_of(tx, plain.id) == (Choice(written="Kép", occurrence=0, spoken="kép một"),)


def test_approving_twice_is_refused(world: World) -> None:
    approved = world.approved()

    with pytest.raises(WrongState):
        world.approve(approved)


def test_own_bulletin_is_not_ones_own_to_approve(sqlite_world: World) -> None:
    world = sqlite_world
    mine = submitted(world, actor="dung")

    with pytest.raises(OwnBulletin):
        world.approve(mine, actor="dung")
    assert world.approve(mine, actor="minh").state is BulletinState.APPROVED


def test_own_words_in_anothers_bulletin_are_ones_own(sqlite_world: World) -> None:
    """Else whoever may do both puts any words into a colleague's bulletin and approves them alone."""
    world = sqlite_world
    hers = submitted(world, actor="lan")
    world.rewrite(hers, actor="dung", text="Chiều nay cắt điện.")
    world.render()
    bulletins.submit(world.office, actor=world.person("dung"), bulletin=hers.id)

    with pytest.raises(OwnBulletin):
        world.approve(hers, actor="dung")


def test_station_may_allow_self_approval(sqlite_world: World) -> None:
    world = sqlite_world
    with world.database.reading() as tx:
        rules = stations.stations.get(tx, world.station).rules  # type: ignore[union-attr] # it is there
    mine = submitted(world, actor="dung")
    stations.change_rules(
        world.office, actor=world.person("hoa"), rules=type(rules)(self_approval=True), voices=VOICES
    )  # fmt: skip

    assert world.approve(mine, actor="dung").state is BulletinState.APPROVED


def test_returned_bulletin_carries_its_note_until_it_is_submitted(world: World) -> None:
    sent = submitted(world)
    returned = bulletins.send_back(world.office, actor=world.person("minh"), bulletin=sent.id, note=" Sửa ngày. ")
    rewritten = world.rewrite(returned)
    world.render()
    again = bulletins.submit(world.office, actor=world.person("lan"), bulletin=sent.id)

    assert (returned.state, returned.note) == (BulletinState.RETURNED, "Sửa ngày.")
    assert (rewritten.note, again.note) == ("Sửa ngày.", None)


def test_rewriting_an_approved_bulletin_takes_its_airings_back(world: World) -> None:
    approved = world.approved()
    coming = world.plan(approved, world.clock.now.replace(hour=10))
    rewritten = world.rewrite(approved, text="Không họp nữa.")

    assert (rewritten.state, rewritten.recording_sha256) == (BulletinState.DRAFT, None)
    assert actions(world, coming.id) == ["airing.plan", "airing.cancel"]
    with pytest.raises(WrongState):
        world.plan(rewritten)


def test_withdrawing_stops_what_began_late_and_leaves_what_is_over(world: World) -> None:
    from broadcaster.store import airings

    approved = world.approved()
    over = world.plan(approved)
    world.clock.now = over.over_at
    late = world.plan(approved)
    world.clock.now = late.end_at
    withdrawn = bulletins.withdraw(world.office, actor=world.person("minh"), bulletin=approved.id)

    with world.database.reading() as tx:
        cancelled = {a.id: a.cancelled_at for a in airings.of_bulletin(tx, world.station, approved.id)}
    assert withdrawn.state is BulletinState.WITHDRAWN
    assert cancelled == {over.id: None, late.id: world.clock.now}
    with pytest.raises(WrongState):
        bulletins.withdraw(world.office, actor=world.person("minh"), bulletin=approved.id)
    with pytest.raises(WrongState):
        world.rewrite(approved)


def submitted(world: World, *, actor: str = "lan"):  # type: ignore[no-untyped-def] # submit's own
    """Return a bulletin that waits for approval."""
    draft = world.write(actor=actor)
    world.render()
    return bulletins.submit(world.office, actor=world.person(actor), bulletin=draft.id)


def approve_as_heard(world: World, heard) -> None:  # type: ignore[no-untyped-def] # a bulletin as somebody saw it
    """Approve with the hashes of what was heard then."""
    bulletins.approve(
        world.office, actor=world.person("minh"), bulletin=heard.id,
        text_sha256=heard.text_sha256, recording_sha256=heard.recording_sha256,
    )  # fmt: skip
