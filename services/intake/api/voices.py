"""What residents do once a ticket is there: co-sign it, and have what is kept about them handed out or erased."""

from uuid import UUID

from fastapi import APIRouter, Request, status

from services.intake.api.residents import Credentials
from services.intake.cosigning import cosign
from services.intake.following import check_code, read_token, way_on
from services.intake.guard import Guarded, address
from services.intake.openapi import ASKING, answers
from services.intake.problems import Problem
from services.intake.shapes.voices import NewVoice, PersonalData, VoiceReceipt
from services.intake.state import Here, Speaks, State
from shared import ids
from shared.contracts.trail import Origin, Via

router = APIRouter(prefix="/api/v1", tags=["residents"], route_class=Guarded)

MOST_VOICES = 20
"""From one address in a quarter of an hour: a family at its kitchen table, not a script."""

PERSONAL = ("token_needed", "token_forged", "token_foreign", "mistyped_code", *ASKING)


@router.post(
    "/tickets/{code}/cosign",
    status_code=status.HTTP_201_CREATED,
    summary="Co-sign: mine too",
    responses=answers(
        "bad_request", "malformed_json", "token_forged", "token_foreign", "unknown_ticket", "mistyped_code",
        "not_your_part", "not_yet", "refused", "far_door", "not_shared", "too_large", "wrong_content_type", "invalid",
        "too_many_tries", *ASKING, "not_ready",
    ),
    openapi_extra={"security": [{}]},  # beside the token: a neighbour has none
)  # fmt: skip
async def cosign_ticket(
    code: str, new: NewVoice, request: Request, here: Here, say: Speaks, credentials: Credentials
) -> VoiceReceipt:
    """One voice a household, from a door near by; it counts once the post at that door has confirmed the household.

    Send the ticket's tracking token along where there is one: whoever reported it or has co-signed is refused (403).
    Without it nobody knows in which household the reporter lives: only the post that confirms may.

    Keep the `tracking_token`. After a 502 or 503 send the same again with the same `action_id`.
    """
    wait = here.tries.take("cosign", address(request), MOST_VOICES)
    if wait is not None:
        raise Problem("too_many_tries", headers={"Retry-After": str(wait)})
    return await cosign(here, code, new, say, credentials.credentials if credentials else None)


@router.get("/tickets/{code}/personal", summary="What is kept about you", responses=answers(*PERSONAL))
async def get_personal(code: str, here: Here, credentials: Credentials) -> PersonalData:
    """For the holder of the tracking token alone: name, ways of contact, the words as they were written."""
    kept = await here.desk.personal(_token(here, code, credentials).ref, Origin(via=Via.TRACKING))
    return PersonalData.model_validate(kept or {})


@router.delete(
    "/tickets/{code}/personal",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Erase what is kept about you",
    responses=answers(*PERSONAL, "photos_away"),
)
async def erase_personal(code: str, here: Here, credentials: Credentials) -> None:
    """For good. The ticket goes on without it: nobody can be told from what remains.

    Words and photos, which the work needs until then, go too once the ticket is over: ask again then. A co-signer's own
    go; with the reporter's those of all residents.
    """
    token = _token(here, code, credentials)
    await here.desk.erase_personal(token.ref, token.ticket_id, Origin(via=Via.TRACKING))
    for ticket_id in await _spoken_at(here, token):
        if await here.desk.erase_words(ticket_id, token.household):
            await here.photos.remove(await here.desk.photos_to_erase(ticket_id, token.household))


async def _spoken_at(here: State, token: ids.TrackingToken) -> list[UUID]:
    """The token's own ticket; of a household also what that was merged into, where it is heard by the same token."""
    own = await here.desk.ticket(ticket_id=token.ticket_id) if token.household else None
    return [each.ticket.id for each in await way_on(here, own)] if own else [token.ticket_id]


def _token(here: State, written_code: str, credentials: Credentials) -> ids.TrackingToken:
    code = ids.normalize_code(written_code)
    if code is None:
        raise Problem("mistyped_code")
    if credentials is None:
        raise Problem("token_needed", headers={"WWW-Authenticate": "Bearer"})
    token = read_token(here, credentials.credentials)
    check_code(token, code)
    return token
