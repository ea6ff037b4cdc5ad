"""Who is judged: one room a kind of target, behind one protocol."""
