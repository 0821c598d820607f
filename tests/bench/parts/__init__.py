"""One part a file: a function that takes the bench and gives figures."""
