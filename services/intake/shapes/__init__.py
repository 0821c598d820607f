"""What goes in and out over HTTP, as pydantic models. The wire between the services is ``shared.contracts``."""
