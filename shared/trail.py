"""The hash chain of the trail: records seals it, the audit verifies it.

A link is HMAC-SHA256 over the hash before it and the entry as it was written, its number in it. The head is sealed by
itself: entries alone do not tell the seal of an earlier head, so that nobody without the key can cut the end off.
"""

import hashlib
import hmac

from shared.contracts.trail import TrailHead


def link_hash(prev_hash: str, body: str, key: bytes) -> str:
    """The hash that an entry has which follows ``prev_hash`` (empty for the first)."""
    return _mac("trail", prev_hash, body, key=key)


def sealed_head(seq: int, hash: str, key: bytes) -> TrailHead:
    return TrailHead(seq=seq, hash=hash, seal=_mac("trail head", str(seq), hash, key=key))


def _mac(*parts: str, key: bytes) -> str:
    return hmac.new(key, "\0".join(parts).encode(), hashlib.sha256).hexdigest()
