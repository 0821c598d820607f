"""Who answers for a ticket at each rung, and who may be given the work."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from shared.contracts.directory import Policy, Post
from shared.contracts.events import Step
from shared.contracts.ticket import Ticket
from shared.contracts.vocabulary import Reason
from shared.directory import Town

Found = tuple[Post, tuple[Step, ...]]
"""An owner, and the steps that led to its rung."""


class NoOwnerLeft(Exception):
    """Nobody holds a post at any rung. A checked directory has its top post held."""


@dataclass(frozen=True)
class Matter:
    """What decides who owns: the policy (in force at the opening, from then on the stamped one), the matter, the place,
    the role complained of (if any).
    """

    policy: Policy
    name: str
    place: str
    about_role: str | None

    @property
    def levels(self) -> tuple[str, ...]:
        """The rungs from the bottom up."""
        return tuple(rung.level for rung in self.policy.ladder)

    @property
    def start(self) -> int:
        """The rung where such matters start."""
        return self.levels.index(self.policy.rules[self.name].start or self.levels[0])

    @property
    def complained_of(self) -> int:
        """The rung of the post complained of, -1 where there is none: a complaint goes above it, so that nobody
        judges himself."""
        if self.about_role is None:
            return -1
        return min(max(rungs_of(self.policy, self.about_role), default=-1), len(self.levels) - 2)

    def roles_at(self, level: str) -> tuple[str, ...]:
        """The roles that own such matters at a rung, the first choice first."""
        return self.policy.rules[self.name].owners.get(level, ())


def matter_of(ticket: Ticket, policy: Policy, town: Town) -> Matter:
    """The ticket's matter. Where the directory has dropped its door since, the nearest place above it counts."""
    left = (item.code for item in reversed(ticket.place.path) if town.place(item.code))
    return Matter(policy, ticket.matter, next(left, ticket.place.code), ticket.about_role)


def owner_at(matter: Matter, level: str, town: Town, now: datetime) -> Post | None:
    """The post that owns at a rung: of its roles the first whose nearest post is held at the moment.

    At the top, above which there is nobody, also one whose people are away just now, and, where there is no other,
    the one complained of.
    """
    posts = _posts_at(matter, level, town)
    held = [post for post in posts if town.held(post, now)]
    if level == matter.levels[-1]:
        held += [post for post in posts if town.staffed(post) and post not in held]
        held.sort(key=lambda post: post.role == matter.about_role)
        return next(iter(held), None)
    return next((post for post in held if post.role != matter.about_role), None)


def _posts_at(matter: Matter, level: str, town: Town) -> list[Post]:
    posts = (town.nearest_post(role, matter.place) for role in matter.roles_at(level))
    return [post for post in posts if post]


def why_empty(posts: Iterable[Post], town: Town) -> Reason:
    """Why nobody owns there: those who are named are away, or nobody is named at all."""
    return Reason.ABSENT if any(map(town.staffed, posts)) else Reason.POST_VACANT


def first_owner(matter: Matter, town: Town, now: datetime, *, at_top: bool) -> Found:
    """The owner at the rung where such matters start, or at the next one up that has somebody; ``at_top`` the last one.

    Raises ``NoOwnerLeft``.
    """
    found = owner_from(matter, matter.levels[matter.start], town, now)
    return _to_top(found, matter.levels[matter.start], matter, town, now) if at_top else found


def owner_from(matter: Matter, level: str, town: Town, now: datetime) -> Found:
    """The owner at a rung, or at the next one up that has somebody. Raises ``NoOwnerLeft``."""
    found = _walk(matter, matter.levels.index(level), town, now)
    if found is None:
        raise NoOwnerLeft(f"{matter.place}: {matter.name}")
    return found


def owner_above(matter: Matter, level: str, town: Town, now: datetime) -> Found | None:
    """The next owner above a rung, and the steps past empty rungs; None where nobody is above."""
    return _walk(matter, matter.levels.index(level) + 1, town, now)


def way_up(matter: Matter, level: str, reason: Reason, town: Town, now: datetime, *, to_top: bool) -> Found | None:
    """The next owner above a rung, or the last one (``to_top``), and the steps there; None where nobody is above."""
    found = owner_above(matter, level, town, now)
    if found is None:
        return None
    post, past_empty_rungs = found
    first = Step(from_level=level, level=matter.levels[matter.levels.index(level) + 1], reason=reason)
    found = post, (first, *past_empty_rungs)
    return _to_top(found, level, matter, town, now) if to_top else found


def _to_top(found: Found, level: str, matter: Matter, town: Town, now: datetime) -> Found:
    """From an owner found on the way up from a level on to the last one."""
    post, steps = found
    above = way_up(matter, steps[-1].level if steps else level, Reason.RESOLVE_OVERDUE, town, now, to_top=True)
    return (above[0], (*steps, *above[1])) if above else (post, steps)


def _walk(matter: Matter, rung: int, town: Town, now: datetime) -> Found | None:
    """The first owner from ``rung`` upwards; each rung passed over is a step with its reason (三无: nobody there)."""
    steps: list[Step] = []
    levels, complained_of = matter.levels, matter.complained_of
    for at in range(rung, len(levels)):
        post = owner_at(matter, levels[at], town, now)
        if post and at > complained_of:
            return post, tuple(steps)
        if at + 1 < len(levels):
            empty = why_empty(_posts_at(matter, levels[at], town), town)
            reason = Reason.ABOUT_OWN_POST if at <= complained_of else empty
            steps.append(Step(from_level=levels[at], level=levels[at + 1], reason=reason))
    return None


def rungs_of(policy: Policy, role: str) -> list[int]:
    """The rungs (0 is the bottom) at which a role owns any matter; none for organisations and the like."""
    return [
        at
        for at, rung in enumerate(policy.ladder)
        if any(role in rule.owners.get(rung.level, ()) for rule in policy.rules.values())
    ]


def assignable(ticket: Ticket, matter: Matter, town: Town, now: datetime) -> Iterator[Post]:
    """The posts that the owner may give the work to (交办), nearest the door first.

    Held posts on the door's path: organisations always, officials of the owner's rung and below, volunteers from above
    theirs only; but nobody who owns this matter at the owner's rung or above, nor whom the complaint is about.
    """
    here = matter.levels.index(ticket.level)
    owners = {role for level in matter.levels[here:] for role in matter.roles_at(level)}
    barred = owners | {matter.about_role}
    return (
        post
        for place in town.chain(matter.place)
        for post in town.posts_at(place.code)
        if town.held(post, now) and post.role not in barred and _works_below(post.role, here, matter, town)
    )


def beside(ticket: Ticket, matter: Matter, town: Town, now: datetime) -> tuple[Post, ...]:
    """The other posts that may own the ticket at its rung (转办): of each role that owns anything there the nearest,
    where somebody holds it; never whom the complaint is about."""
    rules = (matter.policy.rules[matter.name], *town.policy_for(ticket.category).rules.values())
    roles = dict.fromkeys(role for rule in rules for role in rule.owners.get(ticket.level, ()))
    posts = (town.nearest_post(role, matter.place) for role in roles if role != matter.about_role)
    owner = ticket.owner.post if ticket.owner else None
    return tuple(post for post in posts if post and town.held(post, now) and post.code != owner)


def _works_below(role_code: str, here: int, matter: Matter, town: Town) -> bool:
    """By the rungs at which the directory in force has the role own anything, on the ticket's own ladder."""
    policy, role = town.directory.policy, town.role(role_code)
    levels = [policy.ladder[rung].level for rung in rungs_of(policy, role_code)]
    lowest = min((matter.levels.index(level) for level in levels if level in matter.levels), default=-1)
    return lowest < here or (lowest == here and not (role and role.volunteer))
