"""``channels.yaml``: the operator's group bots and webhooks. Secrets are named in it, never written in it.

``${NAME}`` stands for an environment variable, ``${NAME:-words}`` for the words where there is none, and
``${file:PATH}`` for a file's content (a mounted secret).
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode

import yaml
from pydantic import Field, HttpUrl, TypeAdapter, ValidationError, field_validator, model_validator

from services.notify.domain.plan import Bot, Groups, Webhook
from shared.contracts.base import Frozen
from shared.contracts.directory import Code

WECOM = "https://qyapi.weixin.qq.com"
REFERENCE = re.compile(r"\$\{(file:)?([^}:]+)(?::-([^}]*))?\}")


class InvalidChannels(ValueError):
    """The file cannot be used; the text says where and why."""


class BotEntry(Frozen):
    """A WeCom group bot: the group of a place, the roles in it, its key."""

    name: Code
    place: Code
    roles: frozenset[Code] = Field(min_length=1)
    key: str = Field(min_length=1)
    form: Literal["markdown", "text"] = "markdown"
    language: str = "zh-CN"


class WebhookEntry(Frozen):
    """A system: told what these roles are told, at the place and below."""

    name: Code
    place: Code
    roles: frozenset[Code] = Field(min_length=1)
    url: str
    secret: str = Field(min_length=8)

    @field_validator("url")
    @classmethod
    def _is_url(cls, url: str) -> str:
        TypeAdapter(HttpUrl).validate_python(url)
        return url


class Channels(Frozen):
    """The whole file. ``wecom`` is where the vendor's service stands: a local one plays it in a demo."""

    wecom: str = WECOM
    bots: tuple[BotEntry, ...] = ()
    webhooks: tuple[WebhookEntry, ...] = ()

    @model_validator(mode="after")
    def _are_distinct(self) -> "Channels":
        for entries in (self.bots, self.webhooks):
            names = [entry.name for entry in entries]
            if twice := {name for name in names if names.count(name) > 1}:
                raise ValueError(f"named twice: {', '.join(sorted(twice))}")
        seats = [(bot.place, role) for bot in self.bots for role in bot.roles]
        if clash := {seat for seat in seats if seats.count(seat) > 1}:
            raise ValueError(f"two bots for one role at one place: {sorted(clash)}")
        return self

    def bot_url(self, bot: BotEntry) -> str:
        return f"{self.wecom}/cgi-bin/webhook/send?{urlencode({'key': bot.key})}"

    @property
    def groups(self) -> Groups:
        return Groups(
            tuple(Bot(bot.name, bot.place, bot.roles) for bot in self.bots),
            tuple(Webhook(hook.name, hook.place, hook.roles) for hook in self.webhooks),
        )


def read_channels(path: Path, environment: Mapping[str, str] = os.environ) -> Channels:
    """Raises ``InvalidChannels`` for a file that is missing or wrong, or a secret that is not there."""
    try:
        raw = yaml.safe_load(path.read_text()) or {}
        return Channels.model_validate(_filled(raw, path.parent, environment))
    except (OSError, yaml.YAMLError) as error:
        raise InvalidChannels(f"{path}: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_input=False)
        )
        raise InvalidChannels(f"{path}: {wrong}") from error


def _filled(value: Any, folder: Path, environment: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(each, folder, environment) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, folder, environment) for each in value]
    if isinstance(value, str):
        return REFERENCE.sub(lambda match: _resolved(match, folder, environment), value)
    return value


def _resolved(match: re.Match[str], folder: Path, environment: Mapping[str, str]) -> str:
    is_file, name, otherwise = match.groups()
    if is_file:
        return (folder / name).read_text().strip()
    if not (found := environment.get(name) or otherwise):
        raise InvalidChannels(f"the environment has no {name}")
    return found
