"""Of which tickets those who work here see all. It follows from the posts that a person holds or stands in for: whoever
has a post at a place sees what happens there and below, and whoever has a ticket sees that. Pure.
"""

from collections.abc import Collection

from shared.contracts.directory import Post
from shared.contracts.ticket import Ticket


def sees(posts: Collection[Post], ticket: Ticket) -> bool:
    """Whether the holder of these posts sees all of the ticket. Of a complaint about a role of his nobody does, unless
    there was nobody else to have it."""
    if {post.code for post in posts} & {seat.post for seat in ticket.seats}:
        return True
    here = {item.code for item in ticket.place.path}
    return any(post.place in here for post in posts) and ticket.about_role not in {post.role for post in posts}
