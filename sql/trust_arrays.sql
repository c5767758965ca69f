-- Arrays of every shape: other bounds are the same array, and more dimensions, nulls and no elements are what they are.
SET client_min_messages = warning;
CREATE SCHEMA trust;
CREATE DOMAIN trust.numbers AS float8[];
CREATE DOMAIN trust.steps AS timestamptz[];
CREATE TABLE trust.t AS SELECT i AS a, i % 2 = 0 AS b, 'x' AS segment FROM generate_series(1, 4) AS i;
CREATE FUNCTION trust.try(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE 'SELECT ' || call INTO result;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT call, result
FROM unnest(ARRAY['{0.25,0.75}', '[-3:-2]={0.25,0.75}', '{}', '[2:2][5:6]={{0.25,0.75}}', '{0.25,NULL}', '{NULL}']) WITH ORDINALITY AS s (shape, i),
	unnest(ARRAY['tcs.ab_assign(''e'', 1, %L)', 'tcs.ab_assign(''e'', 1, %L::trust.numbers)', 'tcs.ab_assign(''e'', 1, ''[7:8]={a,b}'', %L)', '(tcs.ab_sample_ratio(''{10,20}'', %L)).suspicious',
		'tcs.rfm_model(%1$L, %1$L, %1$L)', 'tcs.matrix_cell(0.6, 0.4, %1$L, %1$L)', 'tcs.xyz_class(0.5, %L)',
		'(SELECT tcs.abc_fit(a, %L) IS NOT NULL FROM trust.t)', '(SELECT string_agg(x, '''') FROM (SELECT tcs.abc_tier(a, %L) OVER () AS x FROM trust.t) AS s)']) WITH ORDINALITY AS f (form, j),
	format(form, shape) AS call, trust.try(call) AS result
ORDER BY i, j;
SELECT call, trust.try(call) AS result
FROM unnest(ARRAY['round((tcs.ab_sample_ratio(''[7:8]={10,20}'', ''{0.5,0.5}'')).chi2)', 'tcs.ab_sample_ratio(''{}'', ''{0.5,0.5}'')', 'tcs.ab_sample_ratio(''{NULL,1}'', ''{0.5,0.5}'')',
	'tcs.ab_sample_ratio(''{{10},{20}}'', ''{0.5,0.5}'')', 'tcs.ab_assign(''e'', 1, ''{a,NULL}'', ''{0.5,0.5}'')', 'tcs.ab_assign(''e'', 1, ''{a}'', ''{0.5,0.5}'')',
	'tcs.retention_table(ROW(''2024-01-01'', ''[4:6]={t,f,t}'')::tcs.retention)', 'tcs.retention_table(ROW(''2024-01-01'', ''{NULL,t,NULL,f,NULL}'')::tcs.retention)',
	'tcs.retention_table(ROW(''2024-01-01'', ''{NULL}'')::tcs.retention)', 'tcs.retention_table(ROW(''2024-01-01'', ''{}'')::tcs.retention)',
		'tcs.retention_table(ROW(''2024-01-01'', NULL)::tcs.retention)',
	'tcs.retention_table(ROW(''2024-01-01'', ''{{t},{f}}'')::tcs.retention)',
	'tcs.funnel_steps(''[7:8]={2024-01-01,2024-01-03}''::date[])', 'tcs.funnel_steps(''[7:8]={2024-01-01,2024-01-03}''::trust.steps)', 'tcs.funnel_steps(''{NULL}''::date[])',
	'tcs.funnel_steps(''{{2024-01-01},{2024-01-03}}''::timestamp[])',
	'count(*) FROM tcs.persona(''trust.t'', ''segment'', ''[7:8]={a,b}'')', 'count(*) FROM tcs.persona(''trust.t'', ''segment'', ''{a,NULL}'')',
	'count(*) FROM tcs.persona(''trust.t'', ''segment'', ''{{a},{b}}'')', 'count(*) FROM tcs.persona(''trust.t'', ''segment'', ''{}'')']) WITH ORDINALITY AS c (call, i)
ORDER BY i;
DROP SCHEMA trust CASCADE;
