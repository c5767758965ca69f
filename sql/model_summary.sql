-- model_summary: the numbers in a model of any kind, as rows.
-- Parameters with their standard errors come first, then the other numbers,
-- then arrays; texts, the version and objects are left out.
SELECT * FROM tcs.model_summary('{
  "model": "bg/nbd", "version": 1,
  "r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259,
  "standard_errors": {"r": 0.0125, "alpha": 0.378, "a": 0.186, "b": null},
  "log_likelihood": -9582.4292, "aic": 19172.86, "customers": 2357,
  "converged": true, "bounded": false, "bic": null,
  "notes": ["all is well"], "unit": "week", "data": {"x": 1}}');

-- Arrays: element by element, with what is no number left out; nested ones too.
SELECT * FROM tcs.model_summary('{
  "model": "some", "bounds": [1.5, null, 3], "mixed": [1, "two", true, {"x": 4}],
  "covariance": [[1, 2], [3, 4]], "empty": [], "weights": [0.1, 0.9],
  "standard_errors": {"weights": [0.01], "unknown": 1}}');

-- Numbers beyond double precision.
SELECT name, value FROM tcs.model_summary('{"model": "big", "version": 2, "up": 1e400, "down": -1e400, "tiny": 1e-400}');

-- A model without numbers, no model, and NULL.
SELECT * FROM tcs.model_summary('{"model": "none", "version": 1}');
SELECT count(*) FROM tcs.model_summary(NULL);
SELECT count(*) FROM (VALUES ('{"model": "m", "a": 1, "b": [1, 2]}'::jsonb), (NULL)) AS v (m), tcs.model_summary(m);

-- standard_errors of another shape are no standard errors.
SELECT * FROM tcs.model_summary('{"model": "m", "a": 1, "standard_errors": 5}');
SELECT * FROM tcs.model_summary('{"model": "m", "a": 1, "standard_errors": [7, 8]}');
SELECT * FROM tcs.model_summary('{"model": "m", "a": 1, "standard_errors": {"a": [1], "version": 2}}');
SELECT * FROM tcs.model_summary('{"model": "m", "a": [1, 2], "standard_errors": {"a": 1}}');

-- What is no model.
SELECT * FROM tcs.model_summary('{}');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM tcs.model_summary('{"model": 1, "a": 1}');
SELECT * FROM tcs.model_summary('{"model": ["rfm"], "a": 1}');
SELECT * FROM tcs.model_summary('{"Model": "rfm"}');
SELECT * FROM tcs.model_summary('["model"]');
SELECT * FROM tcs.model_summary('"model"');
SELECT * FROM tcs.model_summary('1');
SELECT * FROM tcs.model_summary('null');

-- An array of 100,000 numbers, and one nested more deeply than anyone needs.
SELECT count(*), sum(value) FROM tcs.model_summary(
  jsonb_build_object('model', 'm', 'a', (SELECT jsonb_agg(i) FROM generate_series(1, 100000) AS i)));
SELECT name = 'a' || repeat('[1]', 500) AS named, value
FROM tcs.model_summary(('{"model": "m", "a": ' || repeat('[', 500) || '7' || repeat(']', 500) || '}')::jsonb);
