"""The wire: every message between the services, as frozen pydantic models. No rule of the domain lives here."""
