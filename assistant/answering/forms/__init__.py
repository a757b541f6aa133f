"""The forms of answers: each lays out what was gathered for a plan."""
