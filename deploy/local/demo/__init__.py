"""``make demo``: a town on a fast clock, where one watches tickets being told, accepted, climbing and settled."""
