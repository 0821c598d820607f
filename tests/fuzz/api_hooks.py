"""What schemathesis has to know of this API beyond its document."""

import schemathesis
from schemathesis import Case, HookContext, Response
from schemathesis.core.failures import Failure
from schemathesis.openapi.checks import EnsureResourceAvailability


@schemathesis.hook
def filter_failure(context: HookContext, failure: Failure, case: Case, response: Response) -> bool:
    """A ticket that was just handed in is there for whoever has its token; others may have to wait, or never see it."""
    return not isinstance(failure, EnsureResourceAvailability) or "Authorization" in response.request.headers
