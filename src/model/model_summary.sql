-- model_summary: what is in a model, as rows.

CREATE FUNCTION tcs.model_summary(model jsonb,
								  OUT name text,
								  OUT value double precision,
								  OUT standard_error double precision)
	RETURNS SETOF record
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 20
	AS 'MODULE_PATHNAME', 'tcs_model_summary';
COMMENT ON FUNCTION tcs.model_summary(jsonb) IS
'the numbers in a model, of any kind, as rows: first the parameters that have a standard error, then the other numbers, then the arrays element by element as name[1], name[2] and so on; by name within each. true is 1, false is 0, null is NULL; texts and the version are left out. No rows for NULL. Error: a jsonb that is no model';
