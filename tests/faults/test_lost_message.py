"""One message lost, of whatever kind: an alert that is live by then sounds within 45 seconds all the same."""

import contextlib
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from broadcaster.adapters.embedded_broker import EmbeddedBroker
from tests.fakes.alert_forgeries import live
from tests.fakes.box_village import Commune, Village
from tests.fixtures.mqtt_proxy import Loss, MqttProxy, Packet

pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]

HEALED_WITHIN_S = 45.0
HEARTBEAT_S = 30.0
BOXES_EACH = 10

RUNNING = (
    Loss(packet=Packet.PUBLISH, up=False, topic_end="/alerts"),
    Loss(packet=Packet.PUBACK, up=True),
    Loss(packet=Packet.PUBLISH, up=True, topic_end="/status"),
    Loss(packet=Packet.PUBACK, up=False),
)
"""Lost on a connection that stands."""
BEGINNING = (
    Loss(packet=Packet.CONNECT, up=True),
    Loss(packet=Packet.CONNACK, up=False),
    Loss(packet=Packet.SUBSCRIBE, up=True),
    Loss(packet=Packet.SUBACK, up=False),
    Loss(packet=Packet.PUBLISH, up=False, topic_end="/alerts"),
    Loss(packet=Packet.PUBLISH, up=False, topic_end="/clock"),
)
"""Lost while the box connects again."""
TRIALS = [(loss, cut) for losses, cut in ((RUNNING, False), (BEGINNING, True)) for loss in losses] * BOXES_EACH


def test_an_alert_sounds_within_45_seconds_whatever_single_message_was_lost(
    embedded_broker: EmbeddedBroker, tmp_path: Path
) -> None:
    """A hundred trials, all at once; a hundred more stand in `test_lost_message_server`."""
    where = urlsplit(embedded_broker.url)
    village = Village(embedded_broker.url, tmp_path, boxes=len(TRIALS))
    with contextlib.ExitStack() as stack:
        proxies = [stack.enter_context(MqttProxy((where.hostname or "", where.port or 0)).standing()) for _ in TRIALS]
        for commune, proxy in zip(village.communes, proxies, strict=True):
            commune.broker_url = proxy.url
        stack.enter_context(village.standing())
        village.begin_trusted()

        for (loss, cut), proxy in zip(TRIALS, proxies, strict=True):
            proxy.lose(loss)
            if cut:
                proxy.cut()
        alerts = {commune.name: live("that", now=commune.now()) for commune in village.communes}
        said_at = time.monotonic()
        took: dict[str, float] = {}
        beat_at = 0.0
        while len(took) < len(TRIALS) and time.monotonic() < said_at + HEALED_WITHIN_S:
            if time.monotonic() - said_at >= beat_at:  # as the station does: at once, then every 30 seconds
                beat_at += HEARTBEAT_S
                for commune in village.communes:
                    village.publish(commune.topic, commune.says(alerts[commune.name]))
            took |= {c.name: time.monotonic() - said_at for c in village.communes if sounds(c) and c.name not in took}
            time.sleep(0.1)

        untouched = [str(loss) for (loss, _), proxy in zip(TRIALS, proxies, strict=True) if not proxy.lost.is_set()]
        assert untouched == [], "nothing was lost there, so nothing was shown"
        silent = [str(loss) for (loss, _), c in zip(TRIALS, village.communes, strict=True) if c.name not in took]
        assert silent == []
        assert village.dead() == []


def sounds(commune: Commune) -> bool:
    """Return whether the commune's alert has begun."""
    return bool(commune.began)
