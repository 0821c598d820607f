"""What must hold of the trail: entries 1…N, each as it was sealed and sealed onto the one before, N the sealed end."""

from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any

from services.audit.rules import Breach, Flaw
from shared.contracts.trail import Entry, TrailHead, TrailLink, What
from shared.trail import link_hash, sealed_head

SUBJECT = "trail"


@dataclass
class TrailProof:
    """Sees the entries in their order. ``before``: the end of the trail, read before the first of them.

    ``begin``: what came before the first entry that is there, its number and hash; ``cut``: what the newest entry that
    tells of a cut says of it.
    """

    key: bytes
    before: TrailHead | None
    seq: int = 0
    hash: str = ""
    begin: tuple[int, str] = (0, "")
    cut: tuple[int, str] = (0, "")
    breaches: list[Breach] = field(default_factory=list)

    def see(self, link: TrailLink) -> None:
        if not link.columns_agree or not compare_digest(link.hash, link_hash(link.prev_hash, link.body, self.key)):
            self._blame(Flaw.TRAIL_TAMPERED, seq=link.seq)
        else:
            self.cut = _cut_of(link) or self.cut
        if link.seq < 1:
            return
        if self.seq == 0:
            self.begin = (link.seq - 1, link.prev_hash)
        elif link.seq > self.seq + 1:
            self._blame(Flaw.TRAIL_GONE, gone=_span(self.seq + 1, link.seq - 1))
        elif link.prev_hash != self.hash:
            self._blame(Flaw.TRAIL_BROKEN, seq=link.seq)
        self.seq, self.hash = link.seq, link.hash

    def end(self, after: TrailHead | None) -> list[Breach]:
        """All that is wrong. ``after``: the end of the trail, read after the last entry."""
        self._check_begin()
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

    def _check_begin(self) -> None:
        """The first entry follows nothing, or what was cut off and nothing else."""
        before, hash = self.begin
        if before > self.cut[0]:
            self._blame(Flaw.TRAIL_GONE, gone=_span(self.cut[0] + 1, before))
        elif hash != (self.cut[1] if before == self.cut[0] else ""):
            self._blame(Flaw.TRAIL_BROKEN, seq=before + 1)

    def _blame(self, flaw: Flaw, **details: Any) -> None:
        self.breaches.append(Breach(flaw=flaw, subject=SUBJECT, details=details))


def _cut_of(link: TrailLink) -> tuple[int, str] | None:
    """Up to which entry this one says that the trail was cut off, and that one's hash."""
    entry = Entry.model_validate_json(link.body)
    return (int(entry.details["to"]), str(entry.details["hash"])) if entry.what == What.TRAIL_CUT else None


def _span(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"
