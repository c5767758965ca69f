/*
 * scorecard_tables.c
 *		The tables of scorecards.
 */
#include "scorecards/scorecards.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

/* columns of tcs.scorecard */
enum
{
	CARD_NAME = 1, CARD_DESCRIPTION, CARD_TIME_ZONE, CARD_CHANGED_BY, CARD_CHANGED_AT
};

/* columns of tcs.factor */
enum
{
	FACTOR_SCORECARD = 1, FACTOR_NAME, FACTOR_EXPRESSION, FACTOR_WEIGHT,
	FACTOR_LO, FACTOR_HI, FACTOR_GATE, FACTOR_MISSING, FACTOR_DESCRIPTION,
	FACTOR_ENABLED, FACTOR_CHANGED_BY, FACTOR_CHANGED_AT
};

static double factor_get_number(HeapTuple tuple, int column, TupleDesc desc, bool *isnull);

/* what constraints refuse too, where there is more to say */
static void
card_check_factor(HeapTuple tuple, TupleDesc desc, bool is_restored)
{
	const char *name = tcs_stored_text(tuple, FACTOR_NAME, desc);
	bool		isnull[3];
	double		weight = factor_get_number(tuple, FACTOR_WEIGHT, desc, &isnull[0]);
	double		lo = factor_get_number(tuple, FACTOR_LO, desc, &isnull[1]);
	double		hi = factor_get_number(tuple, FACTOR_HI, desc, &isnull[2]);

	if (name == NULL)
		return;					/* a constraint says so */
	if (!isnull[0] && weight < 0)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("the weight of factor \"%s\" must not be negative", name),
				 errhint("Where less is better, set hi below lo; where nothing else may count, set a gate.")));
	if (!isnull[1] && !isnull[2] && lo == hi)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("lo and hi of factor \"%s\" must differ", name),
				 errhint("Unless they are given, lo is 0 and hi is 1.")));
}

TcsStoredSets tcs_stored_scorecards = {
	.sets = "scorecard",
	.members = "factor",
	.sets_key = "scorecard_pkey",
	.members_key = "factor_pkey",
	.foreign_key = "factor_scorecard_fkey",
	.noun = "scorecard",
	.plural = "scorecards",
	.change_hint = "Change a copy that scorecard_copy makes.",
	.shard_hint = "Give the definition, as scorecard_get shows it, to scorecard_score_by or its kin",
	.sets_changed_by = CARD_CHANGED_BY,
	.members_changed_by = FACTOR_CHANGED_BY,
	.sets_names = {CARD_NAME},
	.members_names = {FACTOR_NAME},
	.most = TCS_MAX_FACTORS,
	.source = FACTOR_EXPRESSION,
	.kind = &tcs_factor_kind,
	.check = card_check_factor,
	.version = 1,
};

typedef struct CardReading
{
	TcsScorecard *card;
	int			size;			/* allocated factors */
} CardReading;

static void
card_read(void *arg, HeapTuple tuple, TupleDesc desc)
{
	TcsScorecard *card = ((CardReading *) arg)->card;

	card->name = tcs_stored_required_text(tuple, CARD_NAME, desc);
	card->time_zone = tcs_stored_text(tuple, CARD_TIME_ZONE, desc);
}

/* -0 becomes 0, so that nothing that is computed with it is -0 */
static double
factor_get_number(HeapTuple tuple, int column, TupleDesc desc, bool *isnull)
{
	Datum		value = tcs_row_value(tuple, desc, column, FLOAT8OID, isnull);

	return *isnull ? 0 : DatumGetFloat8(value) + 0.0;
}

static double
factor_get_required(HeapTuple tuple, int column, TupleDesc desc)
{
	return DatumGetFloat8(tcs_row_required(tuple, desc, column, FLOAT8OID)) + 0.0;
}

static void
card_read_factor(void *arg, HeapTuple tuple, TupleDesc desc)
{
	CardReading *reading = arg;
	TcsScorecard *card = reading->card;
	TcsFactor  *factor;
	char	   *missing;
	bool		isnull;

	if (!DatumGetBool(tcs_row_required(tuple, desc, FACTOR_ENABLED, BOOLOID)))
		return;
	if (card->count == reading->size)
	{
		reading->size *= 2;
		card->factors = repalloc(card->factors, reading->size * sizeof(TcsFactor));
	}
	factor = &card->factors[card->count++];
	factor->name = tcs_stored_required_text(tuple, FACTOR_NAME, desc);
	factor->expression = tcs_stored_required_text(tuple, FACTOR_EXPRESSION, desc);
	factor->description = tcs_stored_text(tuple, FACTOR_DESCRIPTION, desc);
	factor->weight = factor_get_required(tuple, FACTOR_WEIGHT, desc);
	factor->lo = factor_get_required(tuple, FACTOR_LO, desc);
	factor->hi = factor_get_required(tuple, FACTOR_HI, desc);
	factor->gate = factor_get_number(tuple, FACTOR_GATE, desc, &isnull);
	factor->has_gate = !isnull;
	missing = tcs_stored_required_text(tuple, FACTOR_MISSING, desc);
	factor->missing = strcmp(missing, "lo") == 0 ? TCS_MISSING_LO :
		strcmp(missing, "null") == 0 ? TCS_MISSING_NULL : TCS_MISSING_REWEIGHT;
}

static int
compare_card_factors(const void *a, const void *b)
{
	return strcmp(((const TcsFactor *) a)->name, ((const TcsFactor *) b)->name);
}

void
tcs_factors_sort(TcsScorecard *card)
{
	qsort(card->factors, card->count, sizeof(TcsFactor), compare_card_factors);
}

TcsScorecard *
tcs_scorecard_read(const char *name)
{
	CardReading reading = {palloc0(sizeof(TcsScorecard)), 16};
	TcsScorecard *card = reading.card;

	card->factors = palloc(reading.size * sizeof(TcsFactor));
	tcs_stored_read(&tcs_stored_scorecards, name, card_read, card_read_factor, &reading);
	tcs_factors_sort(card);
	return card;
}
