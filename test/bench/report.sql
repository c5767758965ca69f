-- Ratios first: they hold on any machine.  Then the times they come from.  The
-- seconds among them are for a machine of today with two cores.

\echo
\echo Ratios, each of two medians, and seconds; what is promised is promised for the default sizes
SELECT what, measured, unit, bound || ' ' || target AS promised,
	CASE WHEN target IS NULL THEN '' WHEN bound = '<=' AND measured <= target OR bound = '>=' AND measured >= target
		THEN 'met' ELSE 'missed' END AS result
FROM (SELECT *, round(figure::numeric, CASE WHEN unit IN ('×', 's') THEN 2 WHEN unit = '' THEN 0 ELSE 1 END) AS measured
	FROM claim) AS c
ORDER BY n;

\echo Times on this machine, in milliseconds
SELECT topic, way, workers, round(milliseconds::numeric, CASE WHEN milliseconds < 10 THEN 3 ELSE 0 END) AS median
FROM timing
ORDER BY n;
