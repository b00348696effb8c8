"""Boxes' accounts: one contract for every broker, and at mosquitto walls between the boxes."""

import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest

from broadcaster.adapters.broker_accounts import BrokerAccounts, NoAccounts
from broadcaster.adapters.embedded_broker import EmbeddedBroker
from broadcaster.adapters.mosquitto_accounts import (
    BrokerRefusesUs,
    BrokerSilent,
    BrokerUnreachable,
    MosquittoAccounts,
    access_list,
)
from broadcaster.adapters.mqtt import BrokerAddress, broker_address
from tests.fixtures.brokers import Mosquitto
from tests.fixtures.mqtt_probe import Probe, RefusedError
from wire import topics
from wire.topics import DOWNWARD, UPWARD, DeviceTopic

Place = tuple[BrokerAccounts, BrokerAddress]
SHA256 = "a" * 64
SILENCE_S = 0.4  # on loopback a will that is let through arrives within a few milliseconds


@pytest.fixture(params=["embedded", "mosquitto"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """Each adapter with the real broker it is for, and the station's own address there."""
    if request.param == "embedded":
        embedded: EmbeddedBroker = request.getfixturevalue("embedded_broker")
        yield NoAccounts(), broker_address(embedded.url)
    else:
        mosquitto: Mosquitto = request.getfixturevalue("mosquitto_tls")
        yield MosquittoAccounts(mosquitto.address), mosquitto.address


@pytest.fixture
def accounts(mosquitto_tls: Mosquitto) -> MosquittoAccounts:
    return MosquittoAccounts(mosquitto_tls.address)


def _as_box(accounts: BrokerAccounts, station_address: BrokerAddress, station: str, device: str) -> Probe:
    username, password = accounts.create(station, device)
    address = replace(station_address, username=username, password=password)
    return Probe(address, client_id=topics.client_id(station, device))


def _own(topic: DeviceTopic, device: str = "hop-1", station: str = "xa") -> str:
    return topics.of_device(station, device, topic)


# The contract, for every broker.


@pytest.mark.slow
def test_box_hears_what_is_meant_for_it(place: Place) -> None:
    accounts, address = place
    meant = [*(_own(topic) for topic in sorted(DOWNWARD)), topics.alerts("xa"), topics.chunk("xa", SHA256, 3)]
    with _as_box(accounts, address, "xa", "hop-1") as box, Probe(address) as station:
        for topic in meant:
            assert box.subscribe(topic)
            station.publish(topic, topic.encode())
            assert box.receive() == (topic, topic.encode())


@pytest.mark.slow
def test_box_is_heard_on_its_own_topics(place: Place) -> None:
    accounts, address = place
    with _as_box(accounts, address, "xa", "hop-1") as box, Probe(address) as station:
        for topic in sorted(UPWARD):
            assert station.subscribe(topics.of_every_device(topic))
            box.publish(_own(topic), b"x")
            assert station.receive() == (_own(topic), b"x")


@pytest.mark.slow
def test_creating_and_removing_may_be_repeated(place: Place) -> None:
    accounts, address = place
    accounts.create("xa", "hop-1")
    with _as_box(accounts, address, "xa", "hop-1") as box:
        assert box.subscribe(_own(DeviceTopic.PLAN))
    accounts.remove("xa", "hop-1")
    accounts.remove("xa", "hop-1")
    accounts.remove("xa", "never-seen")
    with _as_box(accounts, address, "xa", "hop-1") as box:
        assert box.subscribe(_own(DeviceTopic.PLAN))


# Mosquitto: the walls.


@pytest.mark.slow
@pytest.mark.parametrize(
    "foreign",
    [
        *(_own(topic, "hop-2") for topic in DeviceTopic),
        *(_own(topic) for topic in sorted(DOWNWARD - UPWARD)),
        topics.alerts("xa"),
        topics.chunk("xa", SHA256, 0),
        _own(DeviceTopic.STATUS, station="xa-khac"),
        "$CONTROL/dynamic-security/v1",
    ],
)
def test_box_cannot_publish_for_others(mosquitto_tls: Mosquitto, accounts: MosquittoAccounts, foreign: str) -> None:
    with _as_box(accounts, mosquitto_tls.address, "xa", "hop-1") as box, Probe(mosquitto_tls.address) as station:
        station.subscribe("loa/v1/#")
        station.subscribe("$CONTROL/dynamic-security/v1/response")
        box.publish(foreign, b'{"commands":[{"command":"listClients"}]}', retain=True)
        box.publish(_own(DeviceTopic.STATUS), b"this one passes")

        assert station.receive() == (_own(DeviceTopic.STATUS), b"this one passes")


@pytest.mark.slow
@pytest.mark.parametrize(
    "listened_to",
    ["#", "loa/v1/#", "loa/v1/+/+/plan", "loa/v1/xa/+/plan", _own(DeviceTopic.PLAN, "hop-2"), "$CONTROL/#", "$SYS/#"],
)
def test_box_cannot_read_the_plan_of_another(
    mosquitto_tls: Mosquitto, accounts: MosquittoAccounts, listened_to: str
) -> None:
    with _as_box(accounts, mosquitto_tls.address, "xa", "hop-1") as box, Probe(mosquitto_tls.address) as station:
        assert not box.subscribe(listened_to)
        assert box.subscribe(_own(DeviceTopic.PLAN))
        station.publish(_own(DeviceTopic.PLAN, "hop-2"), b"not for you", retain=True)
        station.publish(_own(DeviceTopic.PLAN), b"for you")

        assert box.receive() == (_own(DeviceTopic.PLAN), b"for you")


@pytest.mark.slow
@pytest.mark.parametrize(("device", "heard"), [("hop-1", True), ("hop-2", False)])
def test_last_will_speaks_for_the_box_itself_only(
    mosquitto_tls: Mosquitto, accounts: MosquittoAccounts, device: str, heard: bool
) -> None:
    box = _as_box(accounts, mosquitto_tls.address, "xa", "hop-1")
    box.client.will_set(_own(DeviceTopic.STATUS, device), b"I am gone", qos=1)
    with Probe(mosquitto_tls.address) as station:
        station.subscribe("loa/v1/#")
        with box:
            line = box.client.socket()
            assert line is not None
            line.close()  # without a DISCONNECT the broker sends the will

        assert (station.receive(within_s=SILENCE_S) is not None) == heard


@pytest.mark.slow
def test_box_cannot_take_over_the_session_of_another(mosquitto_tls: Mosquitto, accounts: MosquittoAccounts) -> None:
    username, password = accounts.create("xa", "hop-1")
    address = replace(mosquitto_tls.address, username=username, password=password)

    with pytest.raises(RefusedError):
        Probe(address, client_id=topics.client_id("xa", "hop-2")).__enter__()


@pytest.mark.slow
def test_nobody_comes_in_without_an_account(mosquitto_tls: Mosquitto) -> None:
    for username, password in ((None, None), ("xa.hop-1", "guessed"), ("loa-station", "guessed"), ("loa-station", "")):
        with pytest.raises(RefusedError):
            Probe(replace(mosquitto_tls.address, username=username, password=password)).__enter__()


@pytest.mark.slow
def test_removed_box_is_thrown_out_and_stays_out(mosquitto_tls: Mosquitto, accounts: MosquittoAccounts) -> None:
    username, password = accounts.create("xa", "hop-1")
    address = replace(mosquitto_tls.address, username=username, password=password)
    with Probe(address, client_id="xa.hop-1"):
        accounts.remove("xa", "hop-1")

        with pytest.raises(RefusedError):
            Probe(address, client_id="xa.hop-1").__enter__()


@pytest.mark.slow
def test_fresh_account_voids_the_password_before(mosquitto_tls: Mosquitto, accounts: MosquittoAccounts) -> None:
    username, old = accounts.create("xa", "hop-1")
    _, new = accounts.create("xa", "hop-1")
    address = replace(mosquitto_tls.address, username=username)

    with pytest.raises(RefusedError):
        Probe(replace(address, password=old), client_id="xa.hop-1").__enter__()
    with Probe(replace(address, password=new), client_id="xa.hop-1") as box:
        assert box.subscribe(_own(DeviceTopic.PLAN))


@pytest.mark.slow
def test_accounts_survive_a_kill_of_the_broker(mosquitto_tls: Mosquitto, accounts: MosquittoAccounts) -> None:
    username, password = accounts.create("xa", "hop-1")

    mosquitto_tls.kill()
    mosquitto_tls.start()

    address = replace(mosquitto_tls.address, username=username, password=password)
    with Probe(address, client_id="xa.hop-1") as box:
        assert box.subscribe(_own(DeviceTopic.PLAN))


# What a person is told.


@pytest.mark.slow
def test_broker_that_is_down_is_said_in_a_sentence(mosquitto_tls: Mosquitto, accounts: MosquittoAccounts) -> None:
    mosquitto_tls.stop()

    with pytest.raises(BrokerUnreachable, match="Không kết nối được với máy chủ MQTT"):
        accounts.create("xa", "hop-1")


@pytest.mark.slow
@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # paho leaves the socket to the collector
def test_certificate_of_another_authority_is_refused(mosquitto_tls: Mosquitto) -> None:
    address = replace(mosquitto_tls.address, ca_pem=None)  # the system's authorities know nothing of this broker

    with pytest.raises(BrokerUnreachable, match="CERTIFICATE_VERIFY_FAILED"):
        MosquittoAccounts(address).create("xa", "hop-1")


@pytest.mark.slow
def test_wrong_password_of_the_station_is_said_in_a_sentence(mosquitto_tls: Mosquitto) -> None:
    with pytest.raises(BrokerRefusesUs, match="từ chối tài khoản của đài"):
        MosquittoAccounts(replace(mosquitto_tls.address, password="sai")).create("xa", "hop-1")


@pytest.mark.slow
def test_account_without_the_right_to_make_accounts_is_told_so(
    mosquitto_tls: Mosquitto, accounts: MosquittoAccounts
) -> None:
    """A box's own account asks the plugin, which does not even answer."""
    username, password = accounts.create("xa", "hop-1")
    address = replace(mosquitto_tls.address, username=username, password=password)

    with pytest.raises((BrokerSilent, BrokerRefusesUs)):
        MosquittoAccounts(address, timeout_s=1).create("xa", "hop-2")


def test_access_list_names_exactly_the_topics_of_the_protocol() -> None:
    rules = {(rule["acltype"], rule["topic"]) for rule in access_list("xa", "hop-1")}

    own = "loa/v1/xa/hop-1"
    assert rules == {
        *(("publishClientSend", f"{own}/{topic}") for topic in ("status", "report", "clock")),
        *(("publishClientReceive", f"{own}/{topic}") for topic in ("plan", "ack", "clock")),
        *(("subscribeLiteral", f"{own}/{topic}") for topic in ("plan", "ack", "clock")),
        ("publishClientReceive", "loa/v1/xa/alerts"),
        ("subscribeLiteral", "loa/v1/xa/alerts"),
        ("publishClientReceive", "loa/v1/xa/audio/#"),
        ("subscribePattern", "loa/v1/xa/audio/#"),
    }


def test_no_accounts_says_so_loudly(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        NoAccounts().create("xa", "hop-1")

    assert "gets no broker account" in caplog.text
