-- Personas: what tells the customers of a segment from all the others.

