-- What people do by hand to a segmentation: not by writing to its tables, which
-- a trigger refuses, but by calls that leave members, moves and queue agreeing.

CREATE FUNCTION tcs.segmentation_guard() RETURNS trigger
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_segmentation_guard';
COMMENT ON FUNCTION tcs.segmentation_guard() IS
'the function behind the triggers tcs_guard, by which the table of a segmentation and that of its moves refuse whatever is not written by tcs itself';
