"""The frame of the wire: frozen models and the registry of message types.

A message is one class with a ``TYPE`` (``ticket.escalated``) and a ``VERSION``. On the wire it is the
``data`` of a CloudEvents document (``envelope.py``) whose ``type`` is ``loumen.<TYPE>.v<VERSION>``.
A class only grows, by fields that may be missing: any other change is a new ``VERSION`` (docs/decisions/0009).
"""

from typing import Any, ClassVar, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict

Instant = AwareDatetime
"""A moment with its offset from UTC; a naive one is refused."""


class Frozen(BaseModel):
    """A value: never changed after it was made, no field that the class does not name."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Message(Frozen):
    """What travels over the bus."""

    TYPE: ClassVar[str]
    VERSION: ClassVar[int] = 1

    @property
    def data(self) -> dict[str, Any]:
        """As JSON data. What has its default is left out: most of a ticket is, most of the time (0009)."""
        return self.model_dump(mode="json", exclude_defaults=True)

    @classmethod
    def wire_type(cls) -> str:
        return f"loumen.{cls.TYPE}.v{cls.VERSION}"


REGISTRY: dict[str, type[Message]] = {}

M = TypeVar("M", bound=Message)


def register(cls: type[M]) -> type[M]:
    """Class decorator: makes a message known to ``envelope.decode`` under its wire type."""
    if cls.wire_type() in REGISTRY:
        raise TypeError(f"{cls.wire_type()} is registered twice")
    REGISTRY[cls.wire_type()] = cls
    return cls
