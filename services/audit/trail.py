"""What must hold of the trail: entries 1…N, each as it was sealed and sealed onto the one before, N the sealed end."""

from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any

from services.audit.rules import Breach, Flaw
from shared.contracts.trail import TrailHead, TrailLink
from shared.trail import link_hash, sealed_head

SUBJECT = "trail"


@dataclass
class TrailProof:
    """Sees the entries in their order. ``before``: the end of the trail, read before the first of them."""

    key: bytes
    before: TrailHead | None
    seq: int = 0
    hash: str = ""
    breaches: list[Breach] = field(default_factory=list)

    def see(self, link: TrailLink) -> None:
        if not link.columns_agree or not compare_digest(link.hash, link_hash(link.prev_hash, link.body, self.key)):
            self._blame(Flaw.TRAIL_TAMPERED, seq=link.seq)
        if link.seq < 1:
            return
        if link.seq > self.seq + 1:
            self._blame(Flaw.TRAIL_GONE, gone=_span(self.seq + 1, link.seq - 1))
        elif link.prev_hash != self.hash:
            self._blame(Flaw.TRAIL_BROKEN, seq=link.seq)
        self.seq, self.hash = link.seq, link.hash

    def end(self, after: TrailHead | None) -> list[Breach]:
        """All that is wrong. ``after``: the end of the trail, read after the last entry."""
        if after is None:
            if self.seq or self.before:
                self._blame(Flaw.TRAIL_END)
            return self.breaches
        if after != sealed_head(after.seq, after.hash, self.key):
            self._blame(Flaw.TRAIL_END)
        if self.before and self.before.seq > self.seq:
            self._blame(Flaw.TRAIL_GONE, gone=_span(self.seq + 1, self.before.seq))
        if after.seq < self.seq:
            self._blame(Flaw.TRAIL_BEYOND, beyond=_span(after.seq + 1, self.seq))
        return self.breaches

    def _blame(self, flaw: Flaw, **details: Any) -> None:
        self.breaches.append(Breach(flaw=flaw, subject=SUBJECT, details=details))


def _span(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"
