/*
 * rfm_segment.c
 *		Names for RFM cells: rfm_cell, rfm_segment, rfm_segments.
 */
#include "tcs.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(tcs_rfm_cell);
PG_FUNCTION_INFO_V1(tcs_rfm_segment);
PG_FUNCTION_INFO_V1(tcs_rfm_segments);

/*
 * The map for five bins: every cell stands in it once.  The only definition;
 * rfm_segments() shows it to SQL.
 */
static const struct
{
	const char *segment;
	const char *cells;
}			segment_map[] =

{
	{
		"Champions", "555 554 544 545 454 455 445"
	},
	{
		"Loyal", "543 444 435 355 354 345 344 335"
	},
	{
		"Potential Loyalist",
		"553 551 552 541 542 533 532 531 452 451 442 441 431 453 433 432 423 "
		"353 352 351 342 341 333 323"
	},
	{
		"New", "512 511 422 421 412 411 311"
	},
	{
		"Promising",
		"525 524 523 522 521 515 514 513 425 424 413 414 415 315 314 313"
	},
	{
		"Need Attention", "535 534 443 434 343 334 325 324"
	},
	{
		"About To Sleep", "331 321 312 221 213 231 241 251"
	},
	{
		"At Risk",
		"255 254 245 244 253 252 243 242 235 234 225 224 153 152 145 143 142 "
		"135 134 133 125 124"
	},
	{
		"Cannot Lose", "155 154 144 214 215 115 114 113"
	},
	{
		"Hibernating", "332 322 233 232 223 222 132 123 122 212 211"
	},
	{
		"Lost", "111 112 121 131 141 151"
	},
};

#define BINS 5

/* r, f and m of the composite in argument 0; false when one is NULL */
static bool
rfm_get_scores(FunctionCallInfo fcinfo, int *score)
{
	HeapTupleHeader row = PG_GETARG_HEAPTUPLEHEADER(0);

	/* as rfm_score makes it: three smallints in a row */
	if (likely(!(row->t_infomask & HEAP_HASNULL) &&
			   HeapTupleHeaderGetNatts(row) == 3))
	{
		int16		stored[3];

		memcpy(stored, (char *) row + row->t_hoff, sizeof(stored));
		for (int i = 0; i < 3; i++)
			score[i] = stored[i];
		return true;
	}
	for (int i = 0; i < 3; i++)
	{
		bool		isnull;
		Datum		value = GetAttributeByNum(row, i + 1, &isnull);

		if (isnull)
			return false;
		score[i] = DatumGetInt16(value);
	}
	return true;
}

Datum
tcs_rfm_cell(PG_FUNCTION_ARGS)
{
	int			score[3];
	bool		digits = true;
	char		cell[32];

	if (!rfm_get_scores(fcinfo, score))
		PG_RETURN_NULL();
	for (int i = 0; i < 3; i++)
	{
		if (score[i] < 1)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("an RFM score must be at least 1, not %d", score[i])));
		digits = digits && score[i] < 10;
	}
	snprintf(cell, sizeof(cell), digits ? "%d%d%d" : "%d-%d-%d",
			 score[0], score[1], score[2]);
	PG_RETURN_TEXT_P(cstring_to_text(cell));
}

Datum
tcs_rfm_segment(PG_FUNCTION_ARGS)
{
	static text *name[BINS * BINS * BINS] = {NULL};
	int			score[3];
	int			cell = 0;

	if (!rfm_get_scores(fcinfo, score))
		PG_RETURN_NULL();
	for (int i = 0; i < 3; i++)
	{
		if (score[i] < 1 || score[i] > BINS)
			PG_RETURN_NULL();
		cell = cell * BINS + score[i] - 1;
	}

	if (unlikely(name[cell] == NULL))
	{
		MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

		for (int i = 0; i < lengthof(segment_map); i++)
		{
			text	   *segment = cstring_to_text(segment_map[i].segment);

			for (const char *c = segment_map[i].cells; c[0] != '\0'; c += c[3] == ' ' ? 4 : 3)
				name[((c[0] - '1') * BINS + c[1] - '1') * BINS + c[2] - '1'] = segment;
		}
		MemoryContextSwitchTo(old);
	}
	PG_RETURN_TEXT_P(name[cell]);
}

Datum
tcs_rfm_segments(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < lengthof(segment_map); i++)
	{
		Datum		values[2];
		bool		nulls[2] = {false, false};
		Datum		cells[BINS * BINS * BINS];
		int			count = 0;

		for (const char *c = segment_map[i].cells; c[0] != '\0'; c += c[3] == ' ' ? 4 : 3)
			cells[count++] = PointerGetDatum(cstring_to_text_with_len(c, 3));
		values[0] = CStringGetTextDatum(segment_map[i].segment);
		values[1] = PointerGetDatum(construct_array(cells, count, TEXTOID, -1,
													false, TYPALIGN_INT));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
