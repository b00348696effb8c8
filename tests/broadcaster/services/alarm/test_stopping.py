"""Alerts that are stopped: what stops with them, what may be said of it, and that the signer hears of it."""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

import pytest

from broadcaster.adapters.signing.client import SignerGone
from broadcaster.domain.alarm import rules
from broadcaster.domain.alert import Alert, AlertState
from broadcaster.domain.ids import AlertId, StationId
from broadcaster.services.alarm import alerts
from broadcaster.services.alarm.heralding import Herald
from broadcaster.services.registrar import NoRegistrar
from tests.fakes.station_alerts import AlertDesk, vouch_as
from tests.fakes.station_post import FakePost
from tests.fakes.station_world import World


@pytest.fixture
def desk(sqlite_world: World) -> AlertDesk:
    """People at work with alerts."""
    return AlertDesk(world=sqlite_world)


@pytest.fixture
def post() -> FakePost:
    """A broker in memory."""
    return FakePost()


def ring(desk: AlertDesk, herald: Herald) -> None:
    """Let the herald look, as the bells that were rung would."""
    rung, desk.world.rung.alarms = list(desk.world.rung.alarms), []
    herald.turn(rung)


class NotedRegistrar(NoRegistrar):
    """Notes what is called off; `gone` while the signer does not answer."""

    def __init__(self) -> None:
        self.called_off: list[set[AlertId]] = []
        self.gone = False

    def call_off(self, station: StationId, alerts: Collection[AlertId]) -> None:
        if self.gone:
            raise SignerGone(why="thử")
        self.called_off.append(set(alerts))


def test_what_is_over_is_called_off_at_the_signer_with_or_without_a_broker(desk: AlertDesk, post: FakePost) -> None:
    noted = NotedRegistrar()
    herald = Herald(
        replace(desk.world.office, registrar=noted),
        post,
        seal=desk.world.seal_alerts,
        read_audio=desk.world.studio.read,
    )
    first, scheduled, draft = (
        desk.live(),
        desk.live(effective_at=desk.world.clock.now + timedelta(hours=1)),
        desk.draft(),
    )
    second = desk.approve(desk.update(first, text="Nước đã tràn đập."))
    ring(desk, herald)
    post.connected = False
    desk.cancel(second)
    desk.cancel(scheduled)
    desk.cancel(draft)
    ring(desk, herald)
    ring(desk, herald)

    assert noted.called_off == [{first.id}, {second.id, scheduled.id, draft.id}]


def test_a_signer_that_was_away_is_told_afterwards_what_is_over(desk: AlertDesk, post: FakePost) -> None:
    noted = NotedRegistrar()
    herald = Herald(
        replace(desk.world.office, registrar=noted),
        post,
        seal=desk.world.seal_alerts,
        read_audio=desk.world.studio.read,
    )
    live = desk.live()
    noted.gone = True
    desk.cancel(live)
    ring(desk, herald)
    assert desk.document(post).alerts == (), "silence waits for nobody"

    noted.gone = False
    for _ in range(2):
        herald.turn(["heartbeat"])

    assert noted.called_off == [{live.id}, {live.id}], "and again: its register may have been put back to an older one"


def test_only_what_was_said_is_corrected(desk: AlertDesk) -> None:
    def correct(wrong: Alert) -> Alert:
        who = desk.world.person("minh")
        return alerts.correct(desk.world.office, actor=who, alert=wrong.id, vouch=vouch_as("minh"))

    scheduled = desk.cancel(desk.live(effective_at=desk.world.clock.now + timedelta(hours=1)))
    with pytest.raises(rules.NothingToCorrect):
        correct(scheduled)
    correction = desk.cancel(correct(desk.cancel(desk.live())))
    with pytest.raises(rules.NothingToCorrect):
        correct(correction)


def test_stopping_what_was_updated_stops_what_sounds_now(desk: AlertDesk) -> None:
    first = desk.live()
    second = desk.approve(desk.update(first, text="Nước đã tràn đập."))

    assert desk.cancel(first).id == second.id
    assert desk.find(second.id).state is AlertState.CANCELLED
    assert desk.cancel(first).state is AlertState.UPDATED, "nothing of it sounds any more"


def test_no_reason_holds_silence_up(desk: AlertDesk) -> None:
    stopped = desk.cancel(desk.live(), reason="nhầm\x07 " + "x" * 5000)

    assert stopped.state is AlertState.CANCELLED
    assert stopped.end_reason is not None
    assert stopped.end_reason.startswith("nhầm x")
