"""Passkeys: add one, sign in with one, name it, take it away.

The device asks its owner for a finger, a face or a PIN each time: a passkey is two things at once.
"""

import binascii
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

import webauthn
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from sqlalchemy import select
from sqlalchemy.orm import Session
from webauthn.helpers import exceptions
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from webapp.domain import second_factor
from webapp.domain.people import Role
from webapp.models import Passkey, Person, SecondFactor, UsedChallenge
from webapp.models.base import insert_into
from webapp.queries import second_factor as queries
from webapp.services.second_factor import LastOne, own_row
from webapp.services.tokens import token_hash

LASTS = timedelta(minutes=5)
"""How long what a passkey is asked to sign counts."""
LONGEST_ANSWER = 20_000
MANY = 20
"""More nobody needs, and a list of any length would be a way to fill the database."""
LONGEST_NAME = 60

BAD_ANSWERS = (
    exceptions.WebAuthnException,
    InvalidSignature,
    UnsupportedAlgorithm,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    binascii.Error,
    RecursionError,
)
"""What the library raises for an answer that is wrong, or is none at all."""


class NotAccepted(Exception):
    """The passkey's answer is none that counts here."""


class TooMany(Exception):
    """There are twenty already."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where passkeys count: `origin` as browsers say it, `name` its host."""

    origin: str
    name: str


def site_of(origin: str) -> Site | None:
    """Say where passkeys count; None where browsers offer none: at a bare address, or without https."""
    parts = urlsplit(origin)
    name = parts.hostname or ""
    try:
        ip_address(name)
    except ValueError:
        secure = parts.scheme == "https" or name == "localhost" or name.endswith(".localhost")
        return Site(origin, name) if name and secure else None
    return None


def offer(session: Session, site: Site, person_id: int, email: str, called: str, challenge: bytes) -> str:
    """Say, as JSON for the browser, what to make a passkey of. The handle it keeps tells nothing of the person."""
    handle = own_row(session, person_id).handle
    known = session.scalars(select(Passkey.credential).where(Passkey.person_id == person_id)).all()
    options = webauthn.generate_registration_options(
        rp_id=site.name,
        rp_name="Cairn",
        user_id=handle,
        user_name=email,
        user_display_name=called,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
    )
    return webauthn.options_to_json(options)


def add(session: Session, site: Site, person_id: int, challenge: bytes, answer: str, name: str, now: datetime) -> None:
    """Keep a new passkey of a person's. Raises NotAccepted, TooMany."""
    if queries.many_passkeys(session.connection(), person_id) >= MANY:
        raise TooMany
    try:
        made = webauthn.verify_registration_response(
            credential=_short(answer),
            expected_challenge=challenge,
            expected_rp_id=site.name,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except BAD_ANSWERS as error:
        raise NotAccepted from error
    _spend(session, challenge, now)
    kept = insert_into(session.get_bind().dialect, Passkey).values(
        person_id=person_id,
        credential=made.credential_id,
        public_key=made.credential_public_key,
        uses=made.sign_count,
        name=name[:LONGEST_NAME],
        created_at=now,
    )
    if session.execute(kept.on_conflict_do_nothing().returning(Passkey.id)).scalar_one_or_none() is None:
        raise NotAccepted


def ask(site: Site, challenge: bytes) -> str:
    """Say, as JSON for the browser, what to sign in with: any passkey it holds for this site. It names nobody's."""
    options = webauthn.generate_authentication_options(
        rp_id=site.name, challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
    )
    return webauthn.options_to_json(options)


def use(session: Session, site: Site, challenge: bytes, answer: str, now: datetime) -> int:
    """Check what a passkey signed, use the challenge up and return whose passkey it is. Raises NotAccepted."""
    try:
        signed = webauthn.helpers.parse_authentication_credential_json(_short(answer))
        found = _found(session, signed.raw_id, signed.response.user_handle)
        checked = webauthn.verify_authentication_response(
            credential=signed,
            expected_challenge=challenge,
            expected_rp_id=site.name,
            expected_origin=site.origin,
            credential_public_key=found.public_key,
            credential_current_sign_count=found.uses,
            require_user_verification=True,
        )
    except BAD_ANSWERS as error:
        raise NotAccepted from error
    _spend(session, challenge, now)
    found.uses, found.used_at = checked.new_sign_count, now
    session.flush()
    return found.person_id


def rename(session: Session, person_id: int, passkey_id: int, name: str) -> None:
    """Give a person's passkey another name."""
    found = session.scalars(select(Passkey).where(Passkey.id == passkey_id, Passkey.person_id == person_id)).one()
    found.name = name[:LONGEST_NAME]
    session.flush()


def remove(session: Session, person_id: int, passkey_id: int, roles: Collection[Role]) -> None:
    """Forget a person's passkey: it opens nothing from now on. Raises LastOne."""
    factor = own_row(session, person_id)  # locked: of two removals at once the second sees what the first left
    others = queries.many_passkeys(session.connection(), person_id) - 1 + (factor.secret is not None)
    if not second_factor.may_go(roles, others):
        raise LastOne
    mine = select(Passkey).where(Passkey.id == passkey_id, Passkey.person_id == person_id)
    session.delete(session.scalars(mine).one())
    session.flush()


def _short(answer: str) -> str:
    if len(answer) > LONGEST_ANSWER:
        raise NotAccepted
    return answer


def _found(session: Session, credential: bytes, handle: bytes | None) -> Passkey:
    """Load the passkey that signed, locked, if its owner's account is open and is the one the device means."""
    found = (
        select(Passkey)
        .join(Person, Person.id == Passkey.person_id)
        .join(SecondFactor, SecondFactor.person_id == Passkey.person_id)
        .where(
            Passkey.credential == credential,
            Person.deactivated_at.is_(None),
            Person.joined_at.is_not(None),
            SecondFactor.handle == (handle or b""),
        )
    )
    one = session.scalars(found.with_for_update(of=Passkey)).one_or_none()
    if one is None:
        raise NotAccepted
    return one


def _spend(session: Session, challenge: bytes, now: datetime) -> None:
    """Use a challenge up. Of the same answer twice at once, one counts. Raises NotAccepted."""
    used = insert_into(session.get_bind().dialect, UsedChallenge).values(
        hash=token_hash(challenge.hex()), expires_at=now + 2 * LASTS
    )
    if session.execute(used.on_conflict_do_nothing().returning(UsedChallenge.hash)).scalar_one_or_none() is None:
        raise NotAccepted
