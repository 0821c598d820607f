"""The directory's own policy, and the presets that say what they have otherwise than it."""

import hashlib
import json
from dataclasses import replace
from typing import Any

from services.records.directory.drafts import Draft, Table, list_in, make_table
from services.records.directory.problems import Fault
from shared.contracts.directory import Policy

FILE = "policies.yaml"
MADE = ("version", "base", "inherited")
"""What a policy has and nobody writes."""
MERGED = ("budgets", "rules")
"""Of these a preset may say some, and has the others from its base."""


def read_policy(document: Draft | None) -> Table[Policy]:
    """The policy as a table of one. A rule's key is its matter; the version is a digest of the whole, so that nobody
    can forget to change it.
    """
    if document is None or "policy" not in document.value:
        return Table(FILE)
    return _table([document.part("policy")], {})


def read_presets(document: Draft | None, policy: Table[Policy]) -> Table[Policy]:
    """Each with what it has from the directory's own policy. They are looked at when that one can be read: what is
    wrong there would be wrong with each of them.
    """
    if document is None or "presets" not in document.value:
        return Table(FILE, readable=document is not None)
    drafts, wrong = list_in(document, "presets")
    names = frozenset(
        draft.value["name"] for draft in drafts if isinstance(draft.value, dict) and "name" in draft.value
    )
    table = _table(drafts, document.value["policy"]) if policy.whole else Table(FILE, readable=True)
    return replace(table, problems=(*wrong, *table.problems), codes=names)


def _table(drafts: list[Draft], base: dict[str, Any]) -> Table[Policy]:
    problems = [
        draft.problem((name,), Fault.KEY_UNKNOWN)
        for draft in drafts
        for name in MADE
        if isinstance(draft.value, dict) and name in draft.value
    ]
    return make_table(Policy, FILE, [_whole(draft, base) for draft in drafts], problems)


def _whole(draft: Draft, base: dict[str, Any]) -> Draft:
    if not isinstance(draft.value, dict):
        return draft
    inherited = [name for name in base if name not in (*draft.value, "name", "source")]
    value = {name: base[name] for name in inherited} | draft.value
    for part in MERGED:
        given, own = base.get(part), draft.value.get(part)
        if isinstance(given, dict) and isinstance(own, dict):
            value[part] = given | own
            inherited += [f"{part}.{key}" for key in given if key not in own]
    digest = hashlib.sha256(json.dumps(value if base else draft.value, sort_keys=True).encode()).hexdigest()
    made: dict[str, Any] = {"version": digest[:8], "rules": _with_matter(value.get("rules", {}))}
    if base:
        made |= {"base": base.get("name"), "inherited": inherited}
    return replace(draft, value=value | made)


def _with_matter(rules: Any) -> Any:
    if not isinstance(rules, dict):
        return rules
    return {key: {"matter": key} | rule if isinstance(rule, dict) else rule for key, rule in rules.items()}
