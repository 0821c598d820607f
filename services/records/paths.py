"""A directory taken in, and the path of each of its places: the statements."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert

from services.records.store import directories, path_of, places
from shared.contracts.directory import Directory
from shared.directory import Town


def add_directory(connection: Connection, directory: Directory, at: datetime) -> None:
    """A new version, with the path of each place."""
    row = {"version": directory.version, "body": directory.model_dump_json(), "loaded_at": at}
    connection.execute(insert(directories).values(row))
    replace_places(connection, paths_of(directory))


def paths_of(directory: Directory) -> dict[str, str]:
    """The path of each place of a directory."""
    town = Town(directory)
    return {place.code: path_of(each.code for each in reversed(town.chain(place.code))) for place in directory.places}


def replace_places(connection: Connection, paths: dict[str, str]) -> None:
    """These places and no others."""
    connection.execute(delete(places))
    if paths:
        connection.execute(insert(places), [{"code": code, "path": path} for code, path in paths.items()])
