"""All the tables of a directory's files, on their way to be one."""

from dataclasses import dataclass
from typing import Any

from services.records.directory.drafts import Table
from shared.contracts.directory import (
    Absence,
    Calendar,
    Category,
    Directory,
    Duty,
    Holidays,
    Level,
    Person,
    Place,
    Policy,
    Post,
    Role,
)


@dataclass(frozen=True)
class Tables:
    places: Table[Place]
    roles: Table[Role]
    people: Table[Person]
    posts: Table[Post]
    duties: Table[Duty]
    absences: Table[Absence]
    levels: Table[Level]
    policy: Table[Policy]
    presets: Table[Policy]
    categories: Table[Category]
    calendars: Table[Calendar]

    def all(self) -> tuple[Table[Any], ...]:
        return (
            self.places,
            self.roles,
            self.people,
            self.posts,
            self.duties,
            self.absences,
            self.levels,
            self.policy,
            self.presets,
            self.categories,
            self.calendars,
        )

    def directory(self, version: int, holidays: Holidays) -> Directory:
        """What could be read of it; the policy must be there."""
        return Directory(
            version=version,
            levels=self.levels.values,
            places=self.places.values,
            roles=self.roles.values,
            people=self.people.values,
            posts=self.posts.values,
            duties=self.duties.values,
            absences=self.absences.values,
            categories=self.categories.values,
            policy=self.policy.values[0],
            presets=self.presets.values,
            calendars=self.calendars.values,
            holidays=holidays,
        )
