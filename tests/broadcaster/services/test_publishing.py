"""The broker says what the database says; what it lost is said again; what nobody needs is cleared."""

from datetime import timedelta

import pytest

from broadcaster.domain.errors import N_, Unavailable, refusal
from broadcaster.services import airings, devices, intake
from broadcaster.services.publishing import AudioUnreadable, Publisher
from broadcaster.store import devices as device_rows
from broadcaster.store import documents
from tests.fakes.station_box import FakeBox
from tests.fakes.station_post import FakePost
from tests.fakes.station_world import World, open_neighbour
from wire import chunks, messages, seal, topics
from wire.topics import DeviceTopic


@refusal
class BrokerAway(Unavailable):
    message = N_("Máy chủ MQTT không trả lời.")


@pytest.fixture
def post() -> FakePost:
    """A broker that was just connected."""
    return FakePost()


def retained_plan(post: FakePost, world: World, box: FakeBox) -> messages.Plan:
    """Return the plan that the box would receive now."""
    topic = topics.of_device(world.station, box.id, DeviceTopic.PLAN)
    return seal.open_sealed(post.retained[topic], world.keys[world.station], messages.Plan)


def retained_audio(post: FakePost, world: World, sha256: str) -> bytes:
    """Return the file that a box would put together now."""
    part = f"/audio/{sha256}/"
    found = {int(topic.rpartition("/")[2]): payload for topic, payload in post.retained.items() if part in topic}
    return chunks.join([chunks.unpack(found[n]).body for n in sorted(found)], sha256)


def says(world: World, box: FakeBox, **status: object) -> None:
    """Let the server take a status of the box in."""
    known = intake.box(world.office, box.id)
    assert known is not None
    intake.note_status(world.office, known, box.status(**status))


def test_first_turn_says_everything(world: World, post: FakePost) -> None:
    box, approved = world.enrol(), world.approved()
    airing = world.plan(approved)
    world.publisher(post).turn()

    assert [a.airing_id for a in retained_plan(post, world, box).airings] == [airing.id]
    assert retained_audio(post, world, str(approved.recording_sha256)) == world.studio.read(airing.recording_sha256)
    assert topics.alerts(world.station) in post.retained


def test_turn_without_change_says_nothing(world: World, post: FakePost) -> None:
    world.enrol()
    world.plan(world.approved())
    publisher = world.publisher(post)
    publisher.turn()
    post.sent.clear()
    publisher.turn()

    assert post.sent == []


def test_only_the_changed_plan_is_said_again(world: World, post: FakePost) -> None:
    here, _there = world.enrol(0), world.enrol(1)
    approved = world.approved()
    publisher = world.publisher(post)
    publisher.turn()
    post.sent.clear()
    world.plan(approved, audience=approved.audience.__class__(clusters=(world.clusters[0],)))
    publisher.turn()

    assert post.topics_sent() == [topics.of_device(world.station, here.id, DeviceTopic.PLAN)]


@pytest.mark.parametrize("lost", ["broker lost its disk", "connection broke", "server was killed"])
def test_what_may_be_lost_is_said_again(world: World, post: FakePost, lost: str) -> None:
    box, airing = world.enrol(), world.plan(world.approved())
    publisher = world.publisher(post)
    publisher.turn()
    before = dict(post.retained)
    if lost == "broker lost its disk":
        post.forget_everything()
    elif lost == "connection broke":
        post.reconnect()
    else:
        post.forget_everything()
        publisher = world.publisher(post)
    publisher.turn()

    assert post.retained.keys() == before.keys()
    assert retained_plan(post, world, box).revision.seq == 1
    assert retained_audio(post, world, airing.recording_sha256)


def test_connection_that_breaks_during_a_turn_is_noticed(world: World, post: FakePost) -> None:
    world.enrol()
    world.plan(world.approved())
    publisher = world.publisher(post)
    read = world.studio.read

    def break_while_reading(sha256: str) -> bytes:
        world.studio.read = read  # type: ignore[method-assign] # for the first reading alone
        post.forget_everything()
        return read(sha256)

    publisher._read_audio = break_while_reading
    publisher.turn()
    publisher._read_audio = read
    publisher.turn()

    assert post.topics_sent("/plan")


def test_audio_that_no_plan_names_is_cleared(world: World, post: FakePost) -> None:
    world.enrol()
    approved = world.approved()
    publisher = world.publisher(post)
    publisher.turn()
    world.rewrite(approved, text="Không họp nữa.")
    publisher.turn()

    assert [topic for topic in post.retained if "/audio/" in topic] == []
    with world.database.reading() as tx:
        assert documents.published_audio_of(tx, world.station) == {}


def test_audio_cleared_after_a_restart_too(world: World, post: FakePost) -> None:
    """The ledger of what lies on the broker is the database's, so that a new server knows what to clear."""
    world.enrol()
    approved = world.approved()
    world.publisher(post).turn()
    world.rewrite(approved, text="Không họp nữa.")
    post.reconnect()
    world.publisher(post).turn()

    assert [topic for topic in post.retained if "/audio/" in topic] == []


def test_unreadable_audio_stops_nothing_else_and_comes_back(world: World, post: FakePost) -> None:
    box = world.enrol()
    broken, whole = world.approved(text="Bản tin hỏng."), world.approved(text="Bản tin lành.")
    read, lost = world.studio.read, {broken.recording_sha256}

    def read_what_is_there(sha256: str) -> bytes:
        if sha256 in lost:
            raise AudioUnreadable(sha256)
        return read(sha256)

    publisher = Publisher(
        world.office, post, seal_plan=world.seal_document, seal_alerts=world.seal_alerts,
        read_audio=read_what_is_there,
    )  # fmt: skip
    publisher.turn()
    assert retained_plan(post, world, box)
    assert retained_audio(post, world, str(whole.recording_sha256))

    lost.clear()
    publisher.turn()
    assert retained_audio(post, world, str(broken.recording_sha256))


def test_heartbeat_waits_for_a_connection(world: World, post: FakePost) -> None:
    publisher = world.publisher(post)
    post.connected = False
    publisher.heartbeat()
    assert post.sent == []

    post.connected = True
    publisher.heartbeat()
    assert post.topics_sent() == [topics.alerts(world.station)]


def test_sweep_says_the_plan_again_to_a_box_that_lacks_it(world: World, post: FakePost) -> None:
    box = world.enrol()
    publisher = world.publisher(post)
    publisher.turn()
    world.clock.advance(seconds=61)
    says(world, box)
    post.sent.clear()
    publisher.sweep()
    assert post.topics_sent() == [topics.of_device(world.station, box.id, DeviceTopic.PLAN)]

    says(world, box, plan=retained_plan(post, world, box).revision)
    post.sent.clear()
    publisher.sweep()
    assert post.sent == []


@pytest.mark.parametrize("kind", ["chunk_damaged", "hash_mismatch"])
def test_audio_that_came_damaged_is_sent_again_once_for_each_complaint(world: World, post: FakePost, kind: str) -> None:
    box, airing = world.enrol(), world.plan(world.approved())
    publisher = world.publisher(post)
    publisher.turn()
    complaint = f"{kind}:{airing.recording_sha256[:8]}"

    def mend(*errors: str) -> int:
        says(world, box, health=messages.Health(audio_errors=errors))
        post.sent.clear()
        publisher.mend()
        return len(post.topics_sent(f"/audio/{airing.recording_sha256}/"))

    sent = [mend(), mend(f"{complaint}:1"), mend(f"{complaint}:1"), mend(f"{complaint}:2"), mend("disk_full", "x:1"),
            mend(f"{kind}:00000000:1")]  # fmt: skip

    assert sent == [0, 1, 0, 1, 0, 0]


def test_sweep_sends_audio_again_only_where_nothing_moves(world: World, post: FakePost) -> None:
    """A box on a slow line is still fetching; sending it everything again each minute would never let it end."""
    box, airing = world.enrol(), world.plan(world.approved())
    publisher = world.publisher(post)
    publisher.turn()
    held = retained_plan(post, world, box).revision

    def sweep(chunks_held: int) -> int:
        world.clock.advance(seconds=61)
        missing = messages.AudioProgress(sha256=airing.recording_sha256, chunks_held=chunks_held, chunks=9)
        says(world, box, plan=held, audio_missing=(missing,))
        post.sent.clear()
        publisher.sweep()
        return len(post.topics_sent("/audio/"))

    assert [sweep(0), sweep(1), sweep(1), sweep(2)] == [0, 0, 1, 0]


def test_sweep_leaves_out_boxes_that_are_away(world: World, post: FakePost) -> None:
    box = world.enrol()
    publisher = world.publisher(post)
    publisher.turn()
    says(world, box)
    world.clock.advance(seconds=200)
    post.sent.clear()
    publisher.sweep()

    assert post.sent == []


def test_box_gets_no_audio_that_its_station_does_not_need(world: World, post: FakePost) -> None:
    """A box that asks for anything else learns nothing, be it another commune's recording or none at all."""
    neighbour = open_neighbour(world)
    secret = neighbour.approved(text="Chỉ dành cho xã bên.")
    box = world.enrol()
    publisher = world.publisher(post)
    publisher.turn()
    for _ in range(2):
        world.clock.advance(seconds=61)
        wanted = (secret.recording_sha256, "0" * 64)
        missing = tuple(messages.AudioProgress(sha256=str(s), chunks_held=0, chunks=1) for s in wanted)
        says(world, box, audio_missing=missing)
        publisher.sweep()

    assert not [topic for topic in post.retained if topic.startswith(f"loa/v1/{world.station}/audio/")]


def test_account_of_a_retired_box_ends_when_it_could_have_learnt_of_it(world: World, post: FakePost) -> None:
    box = world.enrol()
    publisher = world.publisher(post)
    publisher.turn()
    devices.retire(world.office, actor=world.person("hoa"), device=box.id)
    publisher.turn()

    def prune() -> None:
        publisher.prune(prune_audio=lambda named: None, end_account=world.accounts.remove)

    prune()
    assert world.accounts.live == {(world.station, box.id)}
    world.clock.advance(minutes=61)
    prune()
    assert world.accounts.live == set()
    assert not [topic for topic in post.retained if box.id in topic]
    publisher.turn()
    assert not [topic for topic in post.retained if box.id in topic]


def test_broker_that_does_not_answer_is_asked_again(world: World, post: FakePost) -> None:
    box = world.enrol()
    devices.retire(world.office, actor=world.person("hoa"), device=box.id)
    world.clock.advance(minutes=61)
    publisher = world.publisher(post)

    def refuse(_station: str, _device: str) -> None:
        raise BrokerAway

    publisher.prune(prune_audio=lambda named: None, end_account=refuse)
    with world.database.reading() as tx:
        assert [d.id for d in device_rows.with_account_to_end(tx, retired_before=world.clock.now)] == [box.id]
    publisher.prune(prune_audio=lambda named: None, end_account=world.accounts.remove)
    with world.database.reading() as tx:
        assert device_rows.with_account_to_end(tx, retired_before=world.clock.now) == ()


def test_pruning_keeps_what_bulletins_and_airings_name(world: World, post: FakePost) -> None:
    approved = world.approved()
    airing = world.plan(approved)
    world.rewrite(approved, text="Bản mới.")
    world.render()
    kept: list[frozenset[str]] = []
    world.publisher(post).prune(prune_audio=kept.append, end_account=world.accounts.remove)
    world.clock.now = airing.start_at + timedelta(days=31)
    world.publisher(post).prune(prune_audio=kept.append, end_account=world.accounts.remove)

    new = world.find(approved).recording_sha256
    assert kept == [{airing.recording_sha256, new}, {new}]


def test_cancelling_reaches_the_box(world: World, post: FakePost) -> None:
    box, airing = world.enrol(), world.plan(world.approved())
    publisher = world.publisher(post)
    publisher.turn()
    airings.cancel(world.office, actor=world.person("minh"), airing=airing.id)
    publisher.turn()

    assert retained_plan(post, world, box).airings == ()
