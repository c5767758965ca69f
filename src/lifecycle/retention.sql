-- Retention: in which periods after the first a customer came back.

