-- Experiments: who gets what, what it did, and how many it takes.

