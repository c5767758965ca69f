-- KPIs by period: a view of an order log.

