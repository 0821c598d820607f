"""The words of the field: one enumeration each, with the Chinese and the English word beside the code.

Codes travel on the wire and stand in the database; words are for people. A code is never renamed.
"""

from shared.contracts.vocabulary.acting import Action, Detail, Part, Refusal, Way
from shared.contracts.vocabulary.happening import EventType, Reason
from shared.contracts.vocabulary.running import Channel, Grouping, Scope, Unit
from shared.contracts.vocabulary.ticket import Due, Grade, Kind, Outcome, Raised, Source, Status, Urgency, Visibility
from shared.contracts.vocabulary.word import Word

__all__ = [
    "Action",
    "Channel",
    "Detail",
    "Due",
    "EventType",
    "Grade",
    "Grouping",
    "Kind",
    "Outcome",
    "Part",
    "Raised",
    "Reason",
    "Refusal",
    "Scope",
    "Source",
    "Status",
    "Unit",
    "Urgency",
    "Visibility",
    "Way",
    "Word",
]
