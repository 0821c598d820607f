"""Who is told besides owner and handler: those the preset names, never everybody."""

from datetime import datetime

from services.routing.domain.ladder import Matter
from shared.contracts.ticket import Seat
from shared.directory import Town


def told(matter: Matter, level: str, owner: Seat, town: Town, now: datetime) -> dict[str, tuple[str, ...]]:
    """The posts (codes) told at once and in the day's digest, as the ticket names them.

    Never the role complained of, never the owner a second time.
    """
    rule = matter.policy.rules[matter.name]
    at_once = _posts(rule.also_told.get(level, ()), matter, owner, town, now)
    digest = _posts(rule.in_digest.get(level, ()), matter, owner, town, now)
    return {"also_told": at_once, "in_digest": tuple(code for code in digest if code not in at_once)}


def _posts(roles: tuple[str, ...], matter: Matter, owner: Seat, town: Town, now: datetime) -> tuple[str, ...]:
    posts = (town.nearest_post(role, matter.place) for role in roles if role != matter.about_role)
    return tuple(post.code for post in posts if post and town.held(post, now) and post.code != owner.post)
