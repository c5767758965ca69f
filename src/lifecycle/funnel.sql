-- Funnels: how far a customer came, and when.

