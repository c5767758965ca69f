/*
 * matrix_cell.c
 *		The cell of a matrix in which two values meet.
 */
#include "tcs.h"

#include "utils/builtins.h"

#include "values/cuts.h"

PG_FUNCTION_INFO_V1(tcs_matrix_cell);

/* as many numbers as an RFM score may have */
#define MAX_CUTS 99

/* What a call site remembers of the cuts that it was given last. */
typedef struct Cuts
{
	TcsCutsCache x;
	TcsCutsCache y;
} Cuts;

/* 1 + the number of cuts that the value reaches */
static int
cell_place(double value, const char *what, const TcsCutsCache *cache)
{
	int			low = 0;
	int			high = cache->count;

	if (isnan(value))
		tcs_not_finite(value, what);
	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (cache->cuts[middle] <= value)
			low = middle + 1;
		else
			high = middle;
	}
	return low + 1;
}

/* arguments: x, y, x_cuts, y_cuts */
Datum
tcs_matrix_cell(PG_FUNCTION_ARGS)
{
	Cuts	   *cuts = fcinfo->flinfo->fn_extra;
	int			x;
	int			y;
	char		cell[16];

	if (cuts == NULL)
		cuts = fcinfo->flinfo->fn_extra =
			MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(Cuts));
	tcs_cuts_cached(PG_GETARG_ARRAYTYPE_P(2), "x_cuts", MAX_CUTS, -INFINITY, INFINITY,
					&cuts->x, fcinfo->flinfo->fn_mcxt);
	tcs_cuts_cached(PG_GETARG_ARRAYTYPE_P(3), "y_cuts", MAX_CUTS, -INFINITY, INFINITY,
					&cuts->y, fcinfo->flinfo->fn_mcxt);
	x = cell_place(PG_GETARG_FLOAT8(0), "x", &cuts->x);
	y = cell_place(PG_GETARG_FLOAT8(1), "y", &cuts->y);
	/* nearly always */
	if (x < 10 && y < 10)
	{
		cell[0] = '0' + x;
		cell[1] = '0' + y;
		PG_RETURN_TEXT_P(cstring_to_text_with_len(cell, 2));
	}
	snprintf(cell, sizeof(cell), "%d-%d", x, y);
	PG_RETURN_TEXT_P(cstring_to_text(cell));
}
