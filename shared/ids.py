"""Identifiers: the derived ticket id, the code one can read out, and the signed tokens in links."""

import hashlib
import hmac
import unicodedata
from contextlib import suppress
from uuid import UUID, uuid5

from itsdangerous import BadSignature, SignatureExpired, Signer, URLSafeTimedSerializer
from pydantic import ValidationError
from stdnum import luhn
from uuid6 import uuid7

from shared.contracts.base import Frozen

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base32: no I, L, O, U
MISREAD = str.maketrans("ILO", "110")
CODE_SYMBOLS = 12


def ticket_id(secret: bytes, key: str | None, door_code: str, body: bytes) -> UUID:
    """The id of a submission. With an idempotency ``key`` it is derived (UUID version 8): a repeat gets the same
    ticket with no look-up, and another person's equal key with another door or body does not. Without a key it is
    new (version 7).
    """
    if key is None:
        return UUID(bytes=uuid7().bytes)
    mac = hmac.new(secret, digestmod=hashlib.sha256)
    for part in (key.encode(), door_code.encode(), body):
        mac.update(len(part).to_bytes(8, "big") + part)
    return _stamp_version(mac.digest()[:16])


def _stamp_version(raw: bytes) -> UUID:
    number = int.from_bytes(raw, "big")
    number = number & ~(0xF << 76) | (8 << 76)
    number = number & ~(0x3 << 62) | (2 << 62)
    return UUID(int=number)


def ticket_code(id: UUID) -> str:
    """12 symbols of Crockford base32 in three groups and a check symbol (Luhn mod 32), e.g. ``7K3M-9QXR-2BTD-5``.

    60 bits of a hash of the id; a unique index in routing guards the rest.
    """
    number = int.from_bytes(hashlib.sha256(id.bytes).digest()[:8], "big") >> 4
    symbols = "".join(ALPHABET[number >> shift & 31] for shift in range(55, -1, -5))
    groups = [symbols[at : at + 4] for at in range(0, CODE_SYMBOLS, 4)]
    return "-".join([*groups, luhn.calc_check_digit(symbols, ALPHABET)])


def normalize_code(written: str) -> str | None:
    """The code as we write it, from what a person typed or heard; None where the check symbol does not fit."""
    plain = unicodedata.normalize("NFKC", written).upper()
    symbols = "".join(each for each in plain if unicodedata.category(each) not in ("Pd", "Zs")).translate(MISREAD)
    if len(symbols) != CODE_SYMBOLS + 1 or not luhn.is_valid(symbols, ALPHABET):
        return None
    return "-".join([symbols[0:4], symbols[4:8], symbols[8:12], symbols[12]])


class TrackingToken(Frozen):
    """Lets a resident follow a ticket and do what residents do: the reporter, or the co-signing ``household``.

    With the door in it, intake can answer before the record knows the ticket.
    """

    ticket_id: UUID
    door_code: str
    household: str | None = None

    @property
    def ref(self) -> UUID:
        """Whose personal data records keeps under it, if any was left."""
        return resident_ref(self.ticket_id, self.household)


class ActionToken(Frozen):
    """Lets a person act for a post, for as long as the post holds that assignment of the ticket."""

    ticket_id: UUID
    person: str
    post: str
    assignment: int


class InvalidToken(ValueError):
    """Forged, foreign or damaged."""


class ExpiredToken(ValueError):
    """Ours, but too old."""


def sign_tracking(secret: bytes, token: TrackingToken) -> str:
    if token.household is None:
        return _text(Signer(secret, salt="tracking").sign(f"{token.ticket_id.hex}.{token.door_code}"))
    signed = f"{token.ticket_id.hex}.{token.household}.{token.door_code}"
    return _text(Signer(secret, salt="cosigning").sign(signed))


def read_tracking(secret: bytes, text: str) -> TrackingToken:
    """Raises ``InvalidToken``."""
    try:
        with suppress(BadSignature):
            id, _, door_code = Signer(secret, salt="tracking").unsign(text).decode().partition(".")
            return TrackingToken(ticket_id=UUID(id), door_code=door_code)
        id, household, door_code = Signer(secret, salt="cosigning").unsign(text).decode().split(".", 2)
        return TrackingToken(ticket_id=UUID(id), door_code=door_code, household=household)
    except (BadSignature, ValueError) as error:
        raise InvalidToken from error


def resident_ref(ticket_id: UUID, household: str | None) -> UUID:
    """Under which the personal data of a ticket's reporter, or of a household that co-signed it, is kept."""
    return uuid5(ticket_id, f"household/{household}" if household else "reporter")


def household_digest(secret: bytes, place: str, flat: str) -> str:
    """What a household is known by: the same at every ticket, so that two that are merged count it once."""
    mac = hmac.new(secret, digestmod=hashlib.sha256)
    for part in (b"household", place.encode(), flat.encode()):
        mac.update(len(part).to_bytes(8, "big") + part)
    return mac.hexdigest()[:32]


def sign_action(secret: bytes, token: ActionToken) -> str:
    fields = [token.ticket_id.hex, token.person, token.post, token.assignment]
    return _text(URLSafeTimedSerializer(secret, salt="action").dumps(fields))


def read_action(secret: bytes, text: str, max_age_seconds: int) -> ActionToken:
    """Raises ``InvalidToken``, ``ExpiredToken``."""
    try:
        id, person, post, assignment = URLSafeTimedSerializer(secret, salt="action").loads(text, max_age_seconds)
        return ActionToken(ticket_id=UUID(id), person=person, post=post, assignment=assignment)
    except SignatureExpired as error:
        raise ExpiredToken from error
    except (BadSignature, ValidationError, TypeError, ValueError) as error:
        raise InvalidToken from error


def sign_photo(secret: bytes, photo: str, until: int) -> str:
    """Lets anybody who has it see one photo, until a moment in Unix time."""
    return _text(Signer(secret, salt=f"photo/{photo}").sign(str(until)))


def check_photo(secret: bytes, photo: str, text: str, now: float) -> None:
    """Raises ``InvalidToken``, ``ExpiredToken``."""
    try:
        until = int(Signer(secret, salt=f"photo/{photo}").unsign(text))
    except (BadSignature, ValueError) as error:
        raise InvalidToken from error
    if now > until:
        raise ExpiredToken


def _text(signed: str | bytes) -> str:
    return signed if isinstance(signed, str) else signed.decode()
