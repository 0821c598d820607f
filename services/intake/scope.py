"""Of which tickets those who work here see all. It follows from the posts that a person holds or stands in for: whoever
has a ticket, was summoned to it or has summoned somebody, sees that; whoever has a post of the chain at a place sees
what happens there and below. A post outside the chain (an organisation, a supplier) sees what it was called to and
nothing else. A complaint, and what the rule hides, is seen from the rung where it is and from those above alone: not by
whoever stands below or beside whom it is about. Pure.
"""

from collections.abc import Collection

from shared.contracts.directory import Place, Post, Rule
from shared.contracts.queries import Holding
from shared.contracts.ticket import Ticket
from shared.contracts.vocabulary import Visibility
from shared.directory import Town


def sees(posts: Collection[Post], ticket: Ticket, town: Town) -> bool:
    """Whether the holder of these posts sees all of the ticket. Of a complaint about a role of his nobody does, unless
    there was nobody else to have it."""
    if {post.code for post in posts} & {*(seat.post for seat in ticket.seats), *ticket.called}:
        return True
    if ticket.about_role in {post.role for post in posts}:
        return False
    here = {item.code for item in ticket.place.path}
    at_place = [post for post in posts if post.place in here and _in_chain(town, post.role)]
    if ticket.about_role is None and not _is_hidden(ticket.category, town):
        return bool(at_place)
    return any(ticket.level in _trusted(town, post.role) for post in at_place)


def holdings(town: Town, posts: Collection[Post]) -> tuple[Holding, ...]:
    """The posts as records is told of them, who finds the tickets that ``sees`` lets through."""
    hidden = tuple(each.code for each in town.directory.categories if _is_hidden(each.code, town))
    return tuple(
        Holding(
            post=post.code,
            role=post.role,
            place=post.place if _in_chain(town, post.role) else None,
            levels=_levels(town, post.role),
            trusted=_trusted(town, post.role),
            hidden=hidden,
        )
        for post in posts
    )


def places_seen(posts: Collection[Post], town: Town) -> tuple[Place, ...]:
    """Where ``sees`` lets the holder of these posts see what happens, in the directory's order."""
    at = {post.place for post in posts if _in_chain(town, post.role)}
    return tuple(place for place in town.directory.places if any(above.code in at for above in town.chain(place.code)))


def posts_seen(posts: Collection[Post], places: Collection[Place], town: Town) -> tuple[Post, ...]:
    """The holder's own, and all that can have a ticket of these places: those there, and above."""
    around = {above.code for place in places for above in town.chain(place.code)}
    own = {post.code for post in posts}
    return tuple(post for post in town.directory.posts if post.place in around or post.code in own)


def _in_chain(town: Town, role: str) -> bool:
    """Whether the role owns any matter at any rung, or is told of any."""
    return any(
        role in roles
        for rule in _rules(town)
        for named in (rule.owners, rule.also_told, rule.in_digest)
        for roles in named.values()
    )


def _levels(town: Town, role: str) -> tuple[str, ...]:
    """The rungs at which the role can own a ticket, by whichever policy that ticket goes."""
    return tuple(sorted({level for rule in _rules(town) for level, roles in rule.owners.items() if role in roles}))


def _trusted(town: Town, role: str) -> tuple[str, ...]:
    """The levels at which a ticket is whose complaint, or whose hidden matter, the role may read: up to its highest."""
    order = [level.code for level in town.directory.levels]
    highest = max((order.index(level) for level in _levels(town, role) if level in order), default=-1)
    return tuple(order[: highest + 1])


def _is_hidden(category: str, town: Town) -> bool:
    """Whether such matters are shown to nobody (care and help); of a category that the directory has dropped no."""
    return town.category(category) is not None and town.rule_for(category).visibility is Visibility.HIDDEN


def _rules(town: Town) -> list[Rule]:
    directory = town.directory
    return [rule for policy in (directory.policy, *directory.presets) for rule in policy.rules.values()]
