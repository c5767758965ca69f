-- Cohorts: a view of an order log by period of acquisition.

