"""What an event may change of a ticket, and that every action has its rule."""

import pytest

from services.routing.domain.actions import ACTIONS
from services.routing.domain.case import happen
from services.routing.domain.opening import open_case
from shared.chain import free_text
from shared.contracts.events import TicketNoted
from shared.contracts.vocabulary import Action, Detail
from tests.builders import MONDAY_10, a_submission, a_town


def test_a_change_of_what_no_ticket_has_is_refused():
    """A misspelt field is an error at once; pydantic's copy would lose it in silence."""
    case = open_case(a_submission(), a_town(), MONDAY_10, lambda text: free_text(text, b"key")).case

    with pytest.raises(TypeError, match="statuss"):
        happen(TicketNoted, case, MONDAY_10, due_at=None, changes={"statuss": case.ticket.status})


def test_every_action_has_its_rule():
    """Whoever adds an action says whose it is and what it does; its form has a name for everything it asks for."""
    assert set(ACTIONS) == set(Action)
    for rule in ACTIONS.values():
        assert not set(rule.needs) & set(rule.takes)
        assert (rule.until is None) == (Detail.UNTIL not in {*rule.needs, *rule.takes})
