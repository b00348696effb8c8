"""Acts on the register: who may do what to whom, by whose signature, and nothing twice."""

from collections.abc import Callable
from datetime import datetime, timedelta

from broadcaster.adapters.session_keys import stands
from broadcaster.adapters.signing import requests as asks
from broadcaster.domain.acting import Act, ActKind, SignedAct
from broadcaster.domain.ids import StationId, UserId
from broadcaster.domain.permissions import Role
from broadcaster.signer.errors import ActRefused, OnlyAdministrators, PersonUnknown, StillNew, UnknownSession
from broadcaster.signer.ledger import Ledger
from broadcaster.signer.people import Known, People, Speaker
from broadcaster.signer.proofs import Proofs
from broadcaster.signer.releases import Releases

ACT_WITHIN = timedelta(minutes=2)


class Registry:
    """Keeps people by what is signed and proven; each change of it stands in the log."""

    def __init__(
        self, people: People, proofs: Proofs, ledger: Ledger, *, releases: Releases, now: Callable[[], datetime]
    ) -> None:
        self._people, self._proofs, self._ledger, self._now = people, proofs, ledger, now
        self._releases = releases

    def found(self, ask: asks.Found) -> None:
        """Take over who is known to the station's database, once. Raises AlreadyFounded."""
        station, now = StationId(ask.station), self._now()
        self._people.found(
            station,
            [
                Known(
                    id=UserId(new.person), station=station, username=new.username, roles=new.roles,
                    verifier=new.verifier, counts_from=now, disabled=new.disabled,
                )
                for new in ask.people
            ],
        )  # fmt: skip
        self._ledger.note("founded", station, people=[[p.username, sorted(p.roles)] for p in ask.people])

    def open_session(self, ask: asks.OpenSession) -> None:
        """Remember a session's key. Raises PersonUnknown, PasswordUnknown, TooManyProofs, UnknownSession."""
        person = self._people.get(UserId(ask.person))
        self._proofs.check(person, ask.password)
        self._open(person.id, ask.key, name=ask.key_name, lasting=ask.lasting, counts_from=self._now())

    def change_password(self, ask: asks.ChangePassword) -> None:
        """Set somebody's own new password. Raises as `open_session` does."""
        person = self._people.get(UserId(ask.person))
        self._proofs.check(person, ask.old)
        self._people.set_password(person.id, ask.verifier)
        self._ledger.note("password", person.station, person=person.id)

    def standings(self, station: StationId) -> tuple[asks.Standing, ...]:
        """Return who is known, and since when they count."""
        return tuple(
            asks.Standing(person=p.id, roles=p.roles, counts_from=p.counts_from, disabled=p.disabled)
            for p in self._people.of_station(station)
        )

    def obey(self, signed: SignedAct) -> None:
        """Do a signed act, once. Raises UnknownSession, ActRefused, OnlyAdministrators or what the act itself meets."""
        act, speaker = signed.act, self._speaker(signed)
        if act.kind is not ActKind.PROLONG:
            self._require_administrator(act, speaker)
        if not self._people.use_nonce(act.nonce):
            raise ActRefused
        match act.kind:
            case ActKind.PROLONG:
                self._people.prolong(signed.public_key)
                return
            case ActKind.ADMIT:
                self._people.admit(act)
            case ActKind.CHANGE:
                self._people.change(act)
            case ActKind.GIVE_PASSWORD:
                self._people.give_password(act)
            case ActKind.GIVE_KEY:
                self._give_key(act, speaker)
            case ActKind.RELEASE:
                self._release(act, speaker)
        self._ledger.note(
            act.kind.value, act.station, actor=act.actor, subject=act.subject, username=act.username,
            roles=sorted(act.roles), disabled=act.disabled, version=act.version, file=act.file_sha256,
        )  # fmt: skip

    def _give_key(self, act: Act, speaker: Speaker) -> None:
        """Remember a token's key. One's own counts as one's session does; another's is new for a day."""
        is_own = act.subject == act.actor
        counts_from = speaker.counts_from if is_own else self._people.counts_from(act.station)
        self._open(act.subject, act.key, name=act.key_name, lasting=True, counts_from=counts_from)

    def _release(self, act: Act, speaker: Speaker) -> None:
        """Remember that an administrator stands for a version. Raises StillNew for one who was just brought in."""
        if speaker.counts_from > self._now():
            raise StillNew(counts_from=speaker.counts_from)
        if not act.version or not act.file_sha256:
            raise ActRefused
        self._releases.vouch(act.station, version=act.version, sha256=act.file_sha256, by=act.actor)

    def _speaker(self, signed: SignedAct) -> Speaker:
        """Return who signed an act just now. Raises UnknownSession, ActRefused."""
        act, now = signed.act, self._now()
        speaker = self._people.speaker(signed.public_key)
        if speaker is None or speaker.ends_at <= now:
            raise UnknownSession
        person = speaker.person
        is_theirs = (person.id, person.station) == (act.actor, act.station)
        is_signed = stands(signed.signature, act.as_bytes(), public_key=signed.public_key)
        if not (is_theirs and is_signed and abs(act.at - now) <= ACT_WITHIN and len(act.nonce) >= 16):
            raise ActRefused
        return speaker

    def _require_administrator(self, act: Act, speaker: Speaker) -> None:
        if Role.ADMINISTRATOR not in speaker.person.roles:
            raise OnlyAdministrators
        if act.kind is not ActKind.ADMIT and self._people.get(act.subject).station != act.station:
            raise PersonUnknown

    def _open(self, person: UserId, key: str, *, name: str, lasting: bool, counts_from: datetime) -> None:
        if not self._people.open_key(person, key, name=name, lasting=lasting, counts_from=counts_from):
            raise UnknownSession
