/*
 * failure.c
 *		Which rule failed for whom.
 *
 * Segments are computed many at a time, by an expression in which the rules are
 * not told apart any more.  When that fails it is done once more, one customer
 * after the other, in the way that names the rule; what it was about to do when
 * it failed is what failed.
 */
#include "membership/failure.h"
#include "membership/by_hand.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "expressions/error_place.h"
#include "tcop/dest.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(tcs_note_key);

/* the customer whose segment is computed next, as text, cut where it is long */
static char noted_key[256];

static bool failure_repeating = false;

Datum
tcs_note_key(PG_FUNCTION_ARGS)
{
	text	   *key = PG_GETARG_TEXT_PP(0);

	strlcpy(noted_key, text_to_cstring(key), sizeof(noted_key));
	PG_RETURN_VOID();
}

typedef struct Failure
{
	TcsSegmentation *segmentation;
	Datum		keys;			/* 0: of everyone */
} Failure;

/* The parameter is not known to the planner: so the call stays a call. */
static void
failure_repeat(void *arg)
{
	Failure    *failure = arg;
	TcsSegmentation *segmentation = failure->segmentation;
	SPIExecuteOptions options = {0};
	ParamListInfo parameters = makeParamList(2);
	Oid			types[] = {TEXTOID, segmentation->key.array_type};
	Datum		values[] = {(Datum) 0, failure->keys};
	SPIPlanPtr	plan;

	if (segmentation->source == NULL)
		tcs_segmentation_read(segmentation, false);
	values[0] = CStringGetTextDatum(segmentation->rule_set_name);
	for (int i = 0; i < lengthof(types); i++)
	{
		parameters->params[i].value = values[i];
		parameters->params[i].isnull = values[i] == (Datum) 0;
		parameters->params[i].ptype = types[i];
	}
	options.params = parameters;
	options.dest = None_Receiver;
	SPI_connect();
	plan = SPI_prepare_cursor(psprintf("SELECT tcs_internal.note_key(format('%%s', s.%s)), %s\n"
									   "FROM %s AS s WHERE s.%s %s",
									   segmentation->key_column,
									   tcs_pins_assign(segmentation, "$1", tcs_pins_exist(segmentation),
													   "clock_timestamp()"),
									   segmentation->source,
									   segmentation->key_column,
									   failure->keys == (Datum) 0 ? "IS NOT NULL" :
									   psprintf("%s ANY ($2)", segmentation->key.equals)),
							  lengthof(types), types, CURSOR_OPT_GENERIC_PLAN);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	(void) SPI_execute_plan_extended(plan, &options);
	SPI_finish();
}

/* Do it once more; the error, or NULL where all went well. */
static ErrorData *
failure_find(Failure *failure)
{
	ErrorData  *found = NULL;

	failure_repeating = true;
	PG_TRY();
	{
		(void) tcs_try(failure_repeat, failure, true, &found);
	}
	PG_FINALLY();
	{
		failure_repeating = false;
	}
	PG_END_TRY();
	return found;
}

/* No rule failed, and of several keys it cannot be told which did. */
static ErrorData *
failure_of_copy(const TcsSegmentation *segmentation, Datum keys, ErrorData *error)
{
	Datum	   *elements;
	int			count = 0;
	Oid			output;
	bool		varlena;

	if (keys != (Datum) 0)
		tcs_array_elements(keys, segmentation->key.type, &elements, NULL, &count);
	if (count != 1)
		return error;
	getTypeOutputInfo(segmentation->key.type, &output, &varlena);
	error->message = psprintf("the source failed for key %s: %s",
							  OidOutputFunctionCall(output, elements[0]), error->message);
	return error;
}

ErrorData *
tcs_name_failure(TcsSegmentation *segmentation, Datum keys, ErrorData *error)
{
	Failure		failure = {segmentation, keys};
	ErrorData  *found;
	char	   *rule;

	if (segmentation->is_kept)
		return failure_of_copy(segmentation, keys, error);
	/* a source that has itself refreshed would be computed without an end */
	if (failure_repeating || segmentation->rules != NULL)
		return error;
	noted_key[0] = '\0';
	found = failure_find(&failure);
	if (found == NULL)
		return error;
	rule = tcs_rule_error_place(found);
	if (rule == NULL || noted_key[0] == '\0')
		return error;
	/* a condition that means nothing fails for anybody */
	if (ERRCODE_TO_CATEGORY(found->sqlerrcode) == ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION)
		found->message = psprintf("%s failed: %s", rule, found->message);
	else
		found->message = psprintf("%s failed for customer %s: %s", rule, noted_key, found->message);
	return found;
}
