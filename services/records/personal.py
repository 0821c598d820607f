"""Reporters' personal data at rest: encrypted, so that a copy of the database alone names nobody."""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.contracts.commands import RecordReporter


def cipher(key: bytes) -> Fernet:
    """The cipher of an installation, from its key ``personal``."""
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"loumen reporters").derive(key)
    return Fernet(urlsafe_b64encode(derived))


def seal(reporter: RecordReporter, personal: Fernet) -> bytes:
    return personal.encrypt(reporter.model_dump_json().encode())


def unseal(sealed: bytes, personal: Fernet) -> RecordReporter:
    """Raises ``cryptography.fernet.InvalidToken`` where the installation's key is another than it was."""
    return RecordReporter.model_validate_json(personal.decrypt(sealed))
