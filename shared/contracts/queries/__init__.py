"""What the services answer each other over RPC: shapes of reads, for pages, people and the audit."""

from shared.contracts.queries.acting import Form, Offer, PostChoice
from shared.contracts.queries.inbox import Badges, Holding, InboxAsked, InboxPage
from shared.contracts.queries.preview import FIRST_MOMENT, LAST_MOMENT, Preview, PreviewRung, PreviewWanted
from shared.contracts.queries.proofs import Backlog, Chain, Head, ParkedMessage, Rebuilt, Recorded
from shared.contracts.queries.records import ChangedOrder, OrderPage, Reporter, TicketRecord, TimelineEntry

__all__ = [
    "FIRST_MOMENT",
    "LAST_MOMENT",
    "Backlog",
    "Badges",
    "Chain",
    "ChangedOrder",
    "Form",
    "Head",
    "Holding",
    "InboxAsked",
    "InboxPage",
    "Offer",
    "OrderPage",
    "ParkedMessage",
    "PostChoice",
    "Preview",
    "PreviewRung",
    "PreviewWanted",
    "Rebuilt",
    "Recorded",
    "Reporter",
    "TicketRecord",
    "TimelineEntry",
]
