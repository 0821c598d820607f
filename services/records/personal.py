"""Reporters' personal data at rest, encrypted."""

from cryptography.fernet import Fernet

from shared.contracts.commands import RecordReporter


def seal(reporter: RecordReporter, personal: Fernet) -> bytes:
    return personal.encrypt(reporter.model_dump_json().encode())


def unseal(sealed: bytes, personal: Fernet) -> RecordReporter:
    """Raises ``cryptography.fernet.InvalidToken`` where the installation's key is another than it was."""
    return RecordReporter.model_validate_json(personal.decrypt(sealed))
