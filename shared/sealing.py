"""Personal data at rest: encrypted, so that a copy of a file or a database alone names nobody."""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def cipher(key: bytes, purpose: str) -> Fernet:
    """From an installation's key ``personal``; each purpose (``reporters``, ``spool``) has a cipher of its own."""
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"loumen {purpose}".encode()).derive(key)
    return Fernet(urlsafe_b64encode(derived))
