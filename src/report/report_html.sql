-- One page about a segmentation, to be looked at, sent and printed.

CREATE FUNCTION tcs.report_html("into" regclass) RETURNS text
	LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'tcs_report_html';
COMMENT ON FUNCTION tcs.report_html(regclass) IS
'a page of HTML about a segmentation, complete in itself: no script, nothing loaded from elsewhere, in ASCII and well-formed as XML. Shows the segments by customers, and by revenue where the source has a column of numbers revenue, which also gives the Lorenz curve; the grid of scores where it has r and f; the migration, the causes of moves and the drift in the last full month or, in a younger segmentation, since its first load; the sizes over time; the rules. As of the last refresh or move: the same data give the same page. Figures also stand as plain numbers in attributes data-v. To a file: psql -XAtc "SELECT tcs.report_html(''seg'')" > report.html. NULL for NULL. Errors: not a segmentation, no right to read it, its source or its moves';
