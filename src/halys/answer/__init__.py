"""The question answered: payoffs of a scenario's game, its play, its lines, and what flips it."""
