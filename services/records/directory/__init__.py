"""The directory's files: read and checked as a whole, and what a new version changes. Pure: texts in, values out."""

from services.records.directory.diff import Change, Part, changes
from services.records.directory.foresight import warnings
from services.records.directory.problems import DirectoryProblems, Fault, Problem
from services.records.directory.read import OPTIONAL_FILES, REQUIRED_FILES, decode, read

__all__ = [
    "OPTIONAL_FILES",
    "REQUIRED_FILES",
    "Change",
    "DirectoryProblems",
    "Fault",
    "Part",
    "Problem",
    "changes",
    "decode",
    "read",
    "warnings",
]
