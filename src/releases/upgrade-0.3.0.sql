-- Taken away by 0.3.0: the functions about metrics, which come back with more
-- arguments.

DROP FUNCTION tcs.create_metrics(text, regclass, name, name, name, text, regclass, name);
DROP FUNCTION tcs.refit_metrics(regclass);
DROP FUNCTION tcs.metrics_sql(text, regclass, name, name, name, text, regclass, name, date);

