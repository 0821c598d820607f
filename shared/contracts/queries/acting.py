"""What somebody may do with a ticket now, form by form."""

from shared.contracts.base import Frozen, Instant
from shared.contracts.ticket import Ticket
from shared.contracts.vocabulary import Action, Detail, Part, Refusal


class PostChoice(Frozen):
    """A post that work can be assigned to."""

    post: str
    name: str


class Form(Frozen):
    """An action as somebody finds it now: open, or why not (``refused``); what has to come with it (``needs``) and what
    may (``takes``); the ``posts`` that it could name; the latest date (``until_at_most``).
    """

    action: Action
    refused: Refusal | None = None
    needs: tuple[Detail, ...] = ()
    takes: tuple[Detail, ...] = ()
    posts: tuple[PostChoice, ...] = ()
    until_at_most: Instant | None = None


class Offer(Frozen):
    """What somebody is to a ticket and may do with it now, or why nothing at all (``refused``)."""

    ticket: Ticket | None
    parts: tuple[Part, ...] = ()
    forms: tuple[Form, ...] = ()
    refused: Refusal | None = None

    @property
    def open(self) -> tuple[Form, ...]:
        """What would succeed."""
        return tuple(form for form in self.forms if form.refused is None)
