"""The composition root: builds the server from its settings, the one place that knows everybody."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from pydantic import ValidationError

from broadcaster.adapters import cap_signatures, schedule_files, session_keys
from broadcaster.adapters.apprise_messages import AppriseMessages
from broadcaster.adapters.audio_cache import AudioCache, AudioCacheError
from broadcaster.adapters.broker_accounts import BrokerAccounts, NoAccounts
from broadcaster.adapters.cap_watch import CapWatch
from broadcaster.adapters.crew import Bell, Crew
from broadcaster.adapters.data_folder import DataFolder
from broadcaster.adapters.embedded_broker import EmbeddedBroker
from broadcaster.adapters.inbox import Inbox
from broadcaster.adapters.jobs import Bells
from broadcaster.adapters.mosquitto_accounts import MosquittoAccounts
from broadcaster.adapters.mqtt import MqttLink, broker_address, without_account
from broadcaster.adapters.papers import pdf
from broadcaster.adapters.passwords import Argon2Passwords
from broadcaster.adapters.signing.client import SignerGone, SignerRefuses
from broadcaster.adapters.signing.station_signer import StationSigner
from broadcaster.adapters.sound_desk import SoundDesk
from broadcaster.adapters.studio import studio
from broadcaster.adapters.tonight_watch import TonightWatch
from broadcaster.adapters.voices import catalogue
from broadcaster.adapters.voices.sentences import CachedVoices
from broadcaster.adapters.workbooks import workbook
from broadcaster.services import devices as device_cases
from broadcaster.services.alarm.heralding import Herald
from broadcaster.services.alarm.preparing import speak_next
from broadcaster.services.alarm.rendering import render_next_alert
from broadcaster.services.epochs import catch_up
from broadcaster.services.office import Office
from broadcaster.services.people import hand_over
from broadcaster.services.publishing import AudioUnreadable, Publisher
from broadcaster.services.records import logbook, presence
from broadcaster.services.rendering import render_next
from broadcaster.services.stations import new_set_up_code
from broadcaster.services.telling import send_due
from broadcaster.settings import Settings
from broadcaster.store import stations
from broadcaster.store.engine import open_database
from broadcaster.store.migrate import bring_up_to_date
from broadcaster.vitals import Vitals
from broadcaster.web.app import create_app
from broadcaster.web.site import Loudspeaker, Site, VoiceChoice
from wire.enrolment import BrokerAccount, Sealed

log = logging.getLogger(__name__)

TURN_S = 1.0
GOODBYE_S = 5.0
BELLS_S = {"plan": 30.0, "mend": 15.0, "sweep": 60.0, "prune": 3600.0}
HEARTBEAT_S = 30.0
LOGBOOK_S = {"log": 10.0, "presence": 60.0, "forget": 86_400.0}
KEEP_UNNAMED_AUDIO = timedelta(days=2)
KEEP_SENTENCES = timedelta(days=60)


def utc_now() -> datetime:
    """Return the time of day; the one clock of the server."""
    return datetime.now(UTC)


class Server:
    """A whole server: `app` is its web application; the rest works beside it between `start` and `stop`.

    Its folder is its own from the beginning. Raises DataFolderError.
    """

    def __init__(self, settings: Settings, *, loudspeakers: Callable[[], Sequence[Loudspeaker]] = tuple) -> None:
        self._folder = DataFolder(settings.data)
        self._folder.claim()
        bring_up_to_date(settings.database)
        self.settings = settings
        self.broker_url = settings.broker_url or f"mqtt://127.0.0.1:{settings.broker_port}"
        self.crew = Crew()
        self._ca_pem = settings.broker_ca.read_text() if settings.broker_ca else None
        self._database = open_database(settings.database)
        self._planner, self._renderer, self._alarm, self._speaker = Bell(), Bell(), Bell(), Bell()
        self._signer = StationSigner(
            settings.signer_address, environment=settings.signer_environment, now=utc_now, on_back=self._signer_is_back
        )
        self._signer.start()
        self.office = Office(
            database=self._database,
            now=utc_now,
            ring_planner=partial(self._planner.ring, "plan"),
            ring_renderer=partial(self._renderer.ring, "render"),
            ring_alarm=self._alarm.ring,
            ring_speaker=partial(self._speaker.ring, "speak"),
            registrar=self._signer.registrar,
            profiles=schedule_files.profiles(),
            templates=schedule_files.templates(),
        )
        self._cache = AudioCache(settings.audio_cache)
        self._messages = AppriseMessages()
        voices = catalogue.installed()
        self._titles = {name: voice.title for name, voice in voices.items()}
        self._voices = CachedVoices(voices, settings.audio_cache)
        self._studio = studio(self._voices, self._cache, titles=self._titles)
        self._embedded = None if settings.broker_url else EmbeddedBroker(port=settings.broker_port)
        self._link = MqttLink(
            broker_address(self.broker_url, ca_pem=self._ca_pem), client_id=settings.client_id, now=utc_now
        )
        self._alarm_link = MqttLink(
            broker_address(self.broker_url, ca_pem=self._ca_pem),
            client_id=f"{settings.client_id}-alarm",
            now=utc_now,
            listens=False,
        )
        bells: dict[Callable[[], None], float] = {partial(self._alarm.ring, "heartbeat"): HEARTBEAT_S}
        self._clerk = Bell()
        self._bookkeeper = logbook.Bookkeeper(self.office)
        bells |= {partial(self._clerk.ring, what): s for what, s in LOGBOOK_S.items()}
        self._bells = Bells(bells | {partial(self._planner.ring, what): s for what, s in BELLS_S.items()})
        self._vitals = Vitals(self._database, self._link, self._signer, data=settings.data)
        self._cap = CapWatch(self.office)
        self._tonight = TonightWatch(self.office, house=self._vitals.house, wait=self.crew.ends_within)
        self.site = self._site(loudspeakers)
        self.app = create_app(self.site)

    def start(self) -> None:
        """Start the embedded broker if it is ours, connect, and begin to work.

        Raises BrokerPortTaken, and what the signer says when it has no key of a station.
        """
        with self._database.reading() as tx:
            for station in stations.every(tx):
                self._signer.public_pem(station.id)
        catch_up(self.office, newest=self._signer.newest_epoch)
        hand_over(self.office)
        if self._embedded is not None:
            self._embedded.start()
        self._link.start(on_session=partial(self._planner.ring, "session"))
        self._alarm_link.start(on_session=partial(self._alarm.ring, "heartbeat"))
        herald = Herald(self.office, self._alarm_link, seal=self._signer.seal_alerts, read_audio=self._read_audio)
        publisher = Publisher(
            self.office,
            self._link,
            seal_plan=self._signer.seal_plan,
            seal_alerts=self._signer.seal_alerts,
            read_audio=self._read_audio,
            herald=herald,
        )
        inbox = Inbox(self.office, self._link, seal=self._signer.seal)
        self.crew.hire("signer", self._signer.watch)
        self.crew.hire("publisher", partial(self._publish, publisher))
        self.crew.hire("alarm", partial(self._sound_alarm, herald))
        self.crew.hire("renderer", self._render)
        self.crew.hire("speaker", self._speak)
        self.crew.hire("logbook", self._keep_log)
        self.crew.hire("inbox", partial(self._receive, inbox))
        self.crew.hire("warnings", self._cap.turn)
        self.crew.hire("messages", self._tell)
        self.crew.hire("relays", self._tonight.listen)
        self.crew.hire("rehearsal", self._tonight.ring)
        self._bells.start()

    def stop(self) -> None:
        """End everything in the order in which nothing is lost."""
        self._bells.stop()
        self._tonight.close()
        self.crew.stop()
        self._alarm_link.stop()
        self._link.stop()
        self._voices.close()
        self._cap.close()
        self._signer.stop()
        if self._embedded is not None:
            self._embedded.stop()
        self._database.close()
        self._folder.release()

    def _site(self, loudspeakers: Callable[[], Sequence[Loudspeaker]]) -> Site:
        accounts: BrokerAccounts = NoAccounts()
        if self.settings.broker_accounts == "mosquitto":
            accounts = MosquittoAccounts(broker_address(self.broker_url, ca_pem=self._ca_pem))
        return Site(
            office=self.office,
            passwords=Argon2Passwords(),
            voices=tuple(VoiceChoice(name=name, title=title) for name, title in self._titles.items()),
            recording_path=self._cache.path,
            make_key=self._signer.make_key,
            enrol=partial(self._enrol, accounts),
            broker_accounts=accounts,
            health=self._vitals.health,
            public_url=self.settings.url,
            set_up_code=new_set_up_code(),
            vouch_with=session_keys.vouch_with,
            act_with=session_keys.act_with,
            secure_cookies=self.settings.https_alone,
            loudspeakers=loudspeakers,
            check_signature=cap_signatures.check,
            rehearsals=self._tonight.rehearsals,
            probes=self._tonight.probes,
            report_files={"xlsx": workbook, "pdf": pdf},
            messages=self._messages,
            take_in_sound=SoundDesk(self._cache, self.settings.data / "uploads").take_in,
        )

    def _publish(self, publisher: Publisher) -> None:
        rung = self._planner.wait(TURN_S)
        if not self._link.alive:
            raise RuntimeError("the broker connection's thread is dead")
        if self._embedded is not None and not self._embedded.running and not self.crew.ending:
            # Ctrl+C reaches the broker's process too: then we are about to end as well, and nothing is wrong.
            if not self.crew.ends_within(GOODBYE_S):
                raise RuntimeError("the embedded broker has died")
            return
        if rung:
            self._turn(publisher)
        if "mend" in rung:
            publisher.mend()
        if "sweep" in rung:
            publisher.sweep()
        if "prune" in rung:
            publisher.prune(prune_audio=self._prune_audio, end_account=self.site.broker_accounts.remove)

    def _turn(self, publisher: Publisher) -> None:
        try:
            publisher.turn()
        except (SignerGone, SignerRefuses) as exc:
            log.error("plans could not be signed, which is tried again: %s", exc)

    def _signer_is_back(self) -> None:
        self._alarm.ring("heartbeat")
        self._planner.ring("plan")

    def _render(self) -> None:
        if not render_next(self.office, self._studio, voices=self.site.voice_names):
            self._renderer.wait(TURN_S)

    def _sound_alarm(self, herald: Herald) -> None:
        rung = self._alarm.wait(herald.wait_s(longest_s=TURN_S))
        if not self._alarm_link.alive:
            raise RuntimeError("the alarm's connection to the broker is dead")
        herald.turn(rung)

    def _speak(self) -> None:
        voices = self.site.voice_names
        if not render_next_alert(self.office, self._studio, voices=voices) and not speak_next(
            self.office, self._studio, voices=voices
        ):
            self._speaker.wait(TURN_S)

    def _tell(self) -> None:
        if not send_due(self.office, self._messages):
            self.crew.ends_within(TURN_S)

    def _keep_log(self) -> None:
        rung = self._clerk.wait(TURN_S)
        if "log" in rung:
            self._bookkeeper.write_up()
        if "presence" in rung:
            presence.look(self.office)
        if "forget" in rung:
            presence.forget(self.office)

    def _receive(self, inbox: Inbox) -> None:
        inbox.take(*self._link.letters(TURN_S))

    def _read_audio(self, sha256: str) -> bytes:
        try:
            return self._cache.read(sha256)
        except (AudioCacheError, OSError) as exc:
            raise AudioUnreadable(str(exc)) from exc

    def _prune_audio(self, named: frozenset[str]) -> None:
        self._cache.prune(named, older_than=KEEP_UNNAMED_AUDIO, now=utc_now())
        self._voices.prune(older_than=KEEP_SENTENCES, now=utc_now())

    def _enrol(self, accounts: BrokerAccounts, body: Mapping[str, object], address: str) -> Mapping[str, object]:
        try:
            sealed = Sealed.model_validate(body)
        except ValidationError as exc:
            raise device_cases.CodeRefused from exc
        broker = BrokerAccount(
            url=self.settings.broker_public_url or without_account(self.broker_url), ca_pem=self._ca_pem
        )
        reply = device_cases.enrol(
            self.office,
            sealed=sealed,
            address=address,
            station_key_pem=self._signer.public_pem,
            broker=broker,
            broker_accounts=accounts,
        )
        return reply.model_dump(mode="json")
