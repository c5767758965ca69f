-- Matrices: two values and the cuts of each give a cell.
--
-- What lies in which cell is stated once, by the cuts; what a cell is called, and
-- what to do about it, by a rule set (shipped_matrices.sql has three).

CREATE FUNCTION tcs.matrix_cell(x double precision, y double precision,
								x_cuts double precision[],
								y_cuts double precision[])
	RETURNS text
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_matrix_cell';
COMMENT ON FUNCTION tcs.matrix_cell(double precision, double precision, double precision[], double precision[]) IS
'cell of a matrix as text, the number for x before that for y: 21, or 10-3 where one has two digits. Each number is 1 + how many of the cuts the value reaches: a value that equals a cut lies above it, infinities at the ends. cuts: 1 to 99 finite numbers, ascending. May be used in rules. NULL for NULL. Errors: NaN, an array of cuts that is empty, has more than 99, two dimensions, NULL, NaN or infinity, or does not ascend';
