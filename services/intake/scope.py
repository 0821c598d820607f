"""Of which tickets those who work here see all. It follows from the posts that a person holds or stands in for: whoever
has a post at a place sees what happens there and below, and whoever has a ticket sees that. Pure.
"""

from collections.abc import Collection

from shared.contracts.directory import Post
from shared.contracts.queries import Holding
from shared.contracts.ticket import Ticket
from shared.directory import Town


def sees(posts: Collection[Post], ticket: Ticket) -> bool:
    """Whether the holder of these posts sees all of the ticket. Of a complaint about a role of his nobody does, unless
    there was nobody else to have it."""
    if {post.code for post in posts} & {seat.post for seat in ticket.seats}:
        return True
    here = {item.code for item in ticket.place.path}
    return any(post.place in here for post in posts) and ticket.about_role not in {post.role for post in posts}


def holdings(town: Town, posts: Collection[Post]) -> tuple[Holding, ...]:
    """The posts as records is told of them, who finds the tickets that ``sees`` lets through."""
    return tuple(
        Holding(post=post.code, role=post.role, place=post.place, levels=_levels(town, post.role)) for post in posts
    )


def _levels(town: Town, role: str) -> tuple[str, ...]:
    """The rungs at which the role can own a ticket, by whichever policy that ticket goes."""
    policies = (town.directory.policy, *town.directory.presets)
    owners = [rule.owners for policy in policies for rule in policy.rules.values()]
    return tuple(sorted({level for each in owners for level, roles in each.items() if role in roles}))
