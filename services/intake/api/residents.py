"""What residents call: the place behind a door, the categories, handing in a ticket, following it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response, status
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from structlog.contextvars import bind_contextvars

from services.intake import submission
from services.intake.following import follow, token_forged
from services.intake.guard import WITH_ACCOUNT, Guarded, check_scope, identify
from services.intake.openapi import ASKING, answers
from services.intake.problems import Problem, of_wrong
from services.intake.shapes.tickets import CategoryView, NewTicket, Receipt, RoleView
from services.intake.shapes.views import SimilarTickets, TicketView
from services.intake.shapes.words import Beginning, Name
from services.intake.similar import offer_similar
from services.intake.state import Here, Speaks, State, speaker_for, state_of
from services.intake.suggest.shapes import Draft, Suggestions
from services.intake.suggesting import suggest
from services.intake.uploads import keep
from shared.contracts.accounts import Identity
from shared.contracts.directory import Category
from shared.contracts.ticket import Actor, PlaceRef
from shared.contracts.vocabulary import Scope
from shared.directory import Town
from shared.i18n import Speaker

router = APIRouter(prefix="/api/v1", tags=["residents"], route_class=Guarded)

KEY_PATTERN = r"^[\x20-\x7e]+$"
IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=255,
        pattern=KEY_PATTERN,
        description="Printable ASCII. The same key, door and body again get the same answer, and make one ticket.",
    ),
]
Credentials = Annotated[
    HTTPAuthorizationCredentials | None,
    Depends(HTTPBearer(auto_error=False, description="The `tracking_token` of the receipt.")),
]

FOLLOW = {
    "follow": {
        "operationId": "get_ticket",
        "description": "The reporter's view of it.",
        "parameters": {
            "path.code": "$response.body#/code",
            "header.Authorization": "Bearer {$response.body#/tracking_token}",
        },
    }
}
RECEIVED: dict[int | str, dict[str, Any]] = {
    201: {"links": FOLLOW},
    202: {
        "model": Receipt,
        "description": "Safe on our own disk, and on its way as soon as it can be.",
        "links": FOLLOW,
    },
}


@router.get("/places/{door_code}", summary="The place behind a door", responses=answers("unknown_door", "not_ready"))
async def get_place(door_code: str, here: Here) -> PlaceRef:
    town = here.town()
    place = town.door(door_code)
    if place is None:
        raise Problem("unknown_door")
    return town.place_ref(place.code)


@router.get("/categories", summary="What an issue can be about", responses=answers("not_ready"))
async def get_categories(here: Here, say: Speaks) -> list[CategoryView]:
    """Names in the asker's language; a group is the `parent` of its categories. Who cannot tell more may
    hand in by a group: it goes by the rules of `other`."""
    town = here.town()
    return [
        CategoryView(
            code=each.code,
            name=say.name(each.name, each.name_en),
            parent=each.parent,
            hint=each.hint,
            about=_roles(town, each, say),
        )
        for each in town.directory.categories
    ]


def _roles(town: Town, category: Category, say: Speaker) -> list[RoleView]:
    found = (town.role(code) for code in category.about)
    return [RoleView(code=role.code, name=say.name(role.name, role.name_en)) for role in found if role]


@router.get(
    "/similar",
    summary="Open tickets that may be about the same",
    responses=answers("unknown_door", "invalid", "service_failed", "not_ready"),
)
async def get_similar(
    here: Here,
    say: Speaks,
    door_code: Annotated[Name, Query(description="The code on the building door.", examples=["LY1-01-2"])],
    text: Annotated[
        Beginning,
        Query(description="What the person has written; the first 200 characters count.", examples=["楼道灯不亮"]),
    ],
    category: Annotated[
        Name | None, Query(description="A code of `GET /api/v1/categories`: tickets of others come later.")
    ] = None,
) -> SimilarTickets:
    """Ask before handing in. Three at most, of the place and around it; none of a matter whose words are not public.

    An empty list with `asked` false while the record is away: looking for the same keeps nobody from reporting.
    """
    return await offer_similar(here, door_code, text, category, say)


@router.post(
    "/suggest",
    summary="A category and an urgency for what somebody writes",
    responses=answers(
        "bad_request", "malformed_json", "too_large", "wrong_content_type", "invalid", "not_ready"
    ),
)  # fmt: skip
async def get_suggestions(draft: Draft, here: Here, say: Speaks) -> Suggestions:
    """Ask before handing in; nothing is kept or passed on. A hint: what is handed in goes by what it says itself."""
    return suggest(draft.text, here.town(), here.classifier, say)


@router.post(
    "/tickets",
    status_code=status.HTTP_201_CREATED,
    response_model=Receipt,
    summary="Hand in an issue",
    responses=RECEIVED | answers(
        "bad_request", "malformed_json", "bad_header", "too_large", "wrong_content_type", "invalid",
        "not_signed_in", "not_allowed", "cross_site", "not_kept", "photos_away", "not_ready", *ASKING,
    ),
    openapi_extra={"security": [{}, *WITH_ACCOUNT]},  # an account is for those alone who file for others
)  # fmt: skip
async def submit_ticket(new: NewTicket, request: Request, idempotency_key: IdempotencyKey = None) -> Response:
    """201 once the message broker has it safe on disk. Keep the `tracking_token`: it opens the reporter's view.

    202 with the same receipt while the broker is away. A repeat may get the other of the two: it is the same ticket.

    From the hotline or another system: signed in, by a post there or above; for a neighbour (`on_behalf`) and on patrol
    by those of them that the policy names (`proxies`: unit head, grid worker, the community's).
    """
    here, say = state_of(request), speaker_for(request)
    town = here.town()
    if wrong := [*submission.check(new, town), *submission.check_filing(new)]:
        raise of_wrong(wrong, say)
    place = town.door(new.door_code)
    assert place is not None
    filed_by = None
    if submission.by_staff(new):
        filed_by = await _filer(here, await identify(request, here), new, place.code)
    if new.photos:
        await keep(here, new.photos, say)
    ticket_id = submission.derive_id(here.secret, idempotency_key, new)
    bind_contextvars(ticket=str(ticket_id))
    now = here.settings.clock.now()
    confirmed = await here.sender.submit(*submission.commands(new, ticket_id, now, say.language, filed_by))
    ref = town.place_ref(place.code)
    receipt = submission.receipt(here.secret, here.settings.base_url, ticket_id, new.door_code, ref)
    code = status.HTTP_201_CREATED if confirmed else status.HTTP_202_ACCEPTED
    return Response(receipt.model_dump_json(), code, media_type="application/json")


async def _filer(here: State, asker: Identity, new: NewTicket, place: str) -> Actor:
    """The post for which the asker files there. Raises ``Problem`` (403)."""
    check_scope(asker, Scope.ACT)
    posts = here.posts_of(asker)
    filed_by = submission.filer(new, place, posts, here.town())
    if filed_by is None:
        raise Problem("not_allowed")
    return filed_by


@router.get(
    "/tickets/{code}",
    summary="Follow a ticket",
    responses=answers(
        "token_forged", "token_foreign", "unknown_ticket", "mistyped_code", "service_failed", "broker_away",
        "no_answer", "not_ready",
    ),
    openapi_extra={"security": [{}]},  # beside the token: it may be left out
)  # fmt: skip
async def get_ticket(code: str, request: Request, here: Here, credentials: Credentials) -> TicketView:
    """The reporter's view with the tracking token, else the public one: null is what is not public.

    How much is public depends on the matter. A ticket that is not public at all is a 404 without the token. Of the one
    into which it was merged, whoever has its token sees what a neighbour sees.
    """
    if credentials is None and "authorization" in request.headers:
        raise token_forged()
    return await follow(here, code, credentials.credentials if credentials else None)
