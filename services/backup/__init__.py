"""A whole installation as one file, and back: databases, photos, intake's disk, clock and keys."""
