"""What comes with an action over HTTP, and what is answered to one."""

from uuid import UUID

from pydantic import Field, StrictBool

from services.intake.shapes.views import TicketView
from services.intake.shapes.words import Answer, Asked, Moment, Name, PhotoIds, Text
from shared.contracts.base import Instant
from shared.contracts.queries import Form
from shared.contracts.vocabulary import Action, Grade, Part, Way

MOST_POSTS = 20
"""So many posts are summoned, or parts of the work split off, at once."""


class NewTaskAsked(Asked):
    """A part of the work, and the post that is to own it."""

    text: Text
    to: Name


class ActionDetails(Asked):
    """What comes with an action: `GET …/actions` says for each which of it is needed and which is taken. What was done
    is answered the same when it is sent again with its ``action_id``; anything else under that id is refused."""

    text: Text | None = None
    photos: PhotoIds = Field(default_factory=list, description="Ids of photos that `POST /api/v1/photos` has taken.")
    to: Name | None = Field(None, description="The code of one of the posts offered.")
    posts: list[Name] = Field(default_factory=list, max_length=MOST_POSTS, description="Codes of posts offered.")
    until: Moment | None = Field(None, description="When to look at it again; of `assign`: by when to be done.")
    internal: StrictBool | None = Field(None, description="For those at work alone.")
    settled: StrictBool | None = Field(None, description="Whether the matter itself is settled.")
    way: Way | None = Field(None, description="How the resident was contacted.")
    reached: StrictBool | None = Field(None, description="Whether the resident was reached.")
    grade: Grade | None = None
    ticket: Name | None = Field(None, description="The code of another ticket.")
    tasks: list[NewTaskAsked] = Field(default_factory=list, max_length=MOST_POSTS)
    household: Name | None = Field(None, description="A household that co-signed, as the ticket names it.")
    action_id: UUID | None = Field(None, description="Made by the caller; send the same again after a lost answer.")


class NewAction(ActionDetails):
    """What the holder of an action link does."""

    action: Action


class Household(Answer):
    """A household that co-signed. ``household`` is what ``confirm_household`` names; null: what was left is erased."""

    household: str
    place: str
    flat: str | None
    confirmed_at: Instant | None


class Contact(Answer):
    """How to reach who reported a ticket, as it was given."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None


class TicketAtWork(Answer):
    """A ticket as those who work on it see it (or the resident), what the asker is to it, and every action as the asker
    finds it (null: could not be asked). ``households``: those that the asker may confirm, when asked for actions."""

    ticket: TicketView
    parts: tuple[Part, ...] | None
    forms: tuple[Form, ...] | None
    households: tuple[Household, ...] = ()
