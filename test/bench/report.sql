-- Ratios first: they hold on any machine.  Then the times they come from.

\echo
\echo Ratios, each of two medians; what is promised is promised for the default sizes
SELECT what, measured, unit, bound || ' ' || target AS promised,
	CASE WHEN target IS NULL THEN '' WHEN bound = '<=' AND measured <= target OR bound = '>=' AND measured >= target
		THEN 'met' ELSE 'missed' END AS result
FROM (SELECT *, round(figure::numeric, CASE unit WHEN '×' THEN 2 ELSE 1 END) AS measured
	FROM claim) AS c
ORDER BY n;

\echo Times on this machine, in milliseconds
SELECT topic, way, workers, round(milliseconds::numeric, CASE WHEN milliseconds < 10 THEN 3 ELSE 0 END) AS median
FROM timing
ORDER BY n;
