/*
 * trait_tables.c
 *		The tables of traits.
 */
#include "traits/traits.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "expressions/error_place.h"

/* columns of tcs.trait_set */
enum
{
	SET_NAME = 1, SET_DESCRIPTION, SET_TIME_ZONE, SET_CHANGED_BY, SET_CHANGED_AT
};

/* columns of tcs.trait */
enum
{
	TRAIT_SET = 1, TRAIT_NAME, TRAIT_MEASURE, TRAIT_VALUE, TRAIT_CONDITION, TRAIT_WITHIN,
	TRAIT_SINCE, TRAIT_GAP, TRAIT_STEPS, TRAIT_DESCRIPTION, TRAIT_ENABLED, TRAIT_CHANGED_BY, TRAIT_CHANGED_AT
};

const TcsSourceKind tcs_trait_condition_kind = {
	.noun = "condition",
	.article = "a",
	.plural = "Conditions",
	.owner = "trait",
	.set = "trait set",
	.function = "create_traits",
	.write_one = "Write the condition alone, as it would stand after WHERE.",
	.write_constant = "Leave it NULL to count all events.",
};

const TcsSourceKind tcs_trait_value_kind = {
	.is_any = true,
	.noun = "value",
	.article = "a",
	.plural = "Values",
	.owner = "trait",
	.set = "trait set",
	.function = "create_traits",
	.write_one = "Write one expression over the columns of the event.",
	.write_constant = "Write the column, or what is computed from columns, that the trait is about.",
};

static const TcsTraitMeasure measures[] = {
	{"count", TCS_TRAIT_MAY_TAKE, "number"},
	{"sum", TCS_TRAIT_TAKES_NUMBER, "sum"},
	{"avg", TCS_TRAIT_TAKES_NUMBER, "mean"},
	{"min", TCS_TRAIT_TAKES_ORDERED, "least"},
	{"max", TCS_TRAIT_TAKES_ORDERED, "greatest"},
	{"distinct", TCS_TRAIT_TAKES_ORDERED, "number of different values"},
	{"first", TCS_TRAIT_TAKES_ORDERED, "first"},
	{"last", TCS_TRAIT_TAKES_ORDERED, "last"},
	{"most_frequent", TCS_TRAIT_TAKES_ORDERED, "most frequent"},
	{"days_since_first", TCS_TRAIT_TAKES_NONE, "days since the first"},
	{"days_since_last", TCS_TRAIT_TAKES_NONE, "days since the last"},
	{"sessions", TCS_TRAIT_TAKES_NONE, "number of sessions", TCS_TRAIT_NEEDS_GAP},
	{"session_minutes", TCS_TRAIT_TAKES_NONE, "minutes in sessions", TCS_TRAIT_NEEDS_GAP},
	{"sequence", TCS_TRAIT_TAKES_NONE, "steps taken in order", TCS_TRAIT_MAY_HAVE_GAP, true},
};

const TcsTraitMeasure *
tcs_trait_measure(const char *name)
{
	for (int i = 0; i < lengthof(measures); i++)
		if (strcmp(measures[i].name, name) == 0)
			return &measures[i];
	return NULL;
}

void
tcs_trait_describe(const void *what)
{
	const TcsTraitContext *context = what;
	TcsPlace	place = tcs_place(psprintf("trait \"%s\"", context->trait), "trait set", context->set);

	tcs_place_describe(&place);
}

static void
trait_context_callback(void *arg)
{
	tcs_trait_describe(arg);
}

/* the name of a column */
static void
trait_check_name(const char *name)
{
	if (strlen(name) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG),
				 errmsg("trait \"%s\" has too long a name for a column",
						pnstrdup(name, pg_mbcliplen(name, strlen(name), NAMEDATALEN - 1))),
				 errdetail("It may have %d bytes.", NAMEDATALEN - 1),
				 errhint("Choose a short name, and put the rest into the description.")));
	if (strcmp(name, "customer") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_RESERVED_NAME),
				 errmsg("a trait must not be called \"customer\""),
				 errdetail("That is the column that says who."),
				 errhint("Choose another name.")));
}

static void
trait_check_measure(const char *name, const char *value, bool has_gap, bool has_steps)
{
	const TcsTraitMeasure *measure = tcs_trait_measure(name);

	if (measure == NULL)
	{
		StringInfoData list;

		initStringInfo(&list);
		for (int i = 0; i < lengthof(measures); i++)
			appendStringInfo(&list, "%s%s", i == 0 ? "" : i == lengthof(measures) - 1 ? " and " : ", ",
							 measures[i].name);
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown measure \"%s\"", name),
				 errhint("The measures are %s.", list.data)));
	}
	if (measure->takes == TCS_TRAIT_TAKES_NONE && value != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("measure \"%s\" takes no value", name),
				 errhint("Leave the value NULL; which events count is for the condition to say.")));
	if (measure->takes > TCS_TRAIT_MAY_TAKE && value == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("measure \"%s\" needs a value", name),
				 errhint("Write into value the column, or the expression, that it is of.")));
	if (measure->gap == (has_gap ? TCS_TRAIT_HAS_NO_GAP : TCS_TRAIT_NEEDS_GAP))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 has_gap ? errmsg("measure \"%s\" takes no gap", name) : errmsg("measure \"%s\" needs a gap", name),
				 has_gap ? errhint("Leave the gap NULL; how far back events count is for within to say.") :
				 errhint("Write into gap the pause after which a new session begins, such as 30 minutes.")));
	if (measure->has_steps != has_steps)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 has_steps ? errmsg("measure \"%s\" takes no steps", name) : errmsg("measure \"%s\" needs steps", name),
				 has_steps ? errhint("Leave the steps NULL; which events count is for the condition to say.") :
				 errhint("Write into steps an array of conditions, one for each step.")));
}

static void
trait_check_source(const char *string, const TcsSourceKind *kind, bool is_restored)
{
	TcsSource	source = {string, kind};

	if (string != NULL)
		tcs_condition_parse_check(&source, is_restored);
}

/* The conditions of a sequence; NIL for none. */
static List *
trait_read_steps(HeapTuple tuple, TupleDesc desc)
{
	bool		isnull;
	Datum		value = tcs_row_value(tuple, desc, TRAIT_STEPS, TEXTARRAYOID, &isnull);
	List	   *steps = NIL;
	Datum	   *elements;
	bool	   *nulls;
	int			count;

	if (isnull)
		return NIL;
	tcs_array_elements(value, TEXTOID, &elements, &nulls, &count);
	if (count > TCS_MAX_TRAIT_STEPS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a sequence must not have more than %d steps", TCS_MAX_TRAIT_STEPS)));
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("step %d must not be null", i + 1),
					 errhint("Write a condition for each step.")));
		steps = lappend(steps, TextDatumGetCString(elements[i]));
	}
	return steps;
}

/* what can be seen of a trait without a log; what is NULL and must not be, a constraint refuses */
static void
trait_check(HeapTuple tuple, TupleDesc desc, bool is_restored)
{
	TcsTraitContext context = {tcs_stored_text(tuple, TRAIT_NAME, desc), tcs_stored_text(tuple, TRAIT_SET, desc)};
	const char *measure = tcs_stored_text(tuple, TRAIT_MEASURE, desc);
	const char *value = tcs_stored_text(tuple, TRAIT_VALUE, desc);
	ErrorContextCallback callback;
	bool		has_no_gap;
	List	   *steps = trait_read_steps(tuple, desc);
	ListCell   *cell;

	(void) tcs_row_value(tuple, desc, TRAIT_GAP, INTERVALOID, &has_no_gap);
	if (context.trait == NULL || context.set == NULL || measure == NULL)
		return;
	callback.callback = trait_context_callback;
	callback.arg = &context;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	trait_check_name(context.trait);
	trait_check_measure(measure, value, !has_no_gap, steps != NIL);
	trait_check_source(value, &tcs_trait_value_kind, is_restored);
	trait_check_source(tcs_stored_text(tuple, TRAIT_CONDITION, desc), &tcs_trait_condition_kind, is_restored);
	trait_check_source(tcs_stored_text(tuple, TRAIT_SINCE, desc), &tcs_trait_condition_kind, is_restored);
	foreach(cell, steps)
		trait_check_source(lfirst(cell), &tcs_trait_condition_kind, is_restored);
	error_context_stack = callback.previous;
}

TcsStoredSets tcs_stored_traits = {
	.sets = "trait_set",
	.members = "trait",
	.sets_key = "trait_set_pkey",
	.members_key = "trait_pkey",
	.foreign_key = "trait_trait_set_fkey",
	.noun = "trait set",
	.plural = "traits",
	.change_hint = "Change a copy that trait_set_copy makes.",
	.shard_hint = "Read the view of create_traits where it was made",
	.sets_changed_by = SET_CHANGED_BY,
	.members_changed_by = TRAIT_CHANGED_BY,
	.sets_names = {SET_NAME},
	.members_names = {TRAIT_NAME},
	.most = TCS_MAX_TRAITS,
	.check = trait_check,
	.version = 1,
};

typedef struct TraitReading
{
	TcsTraitSet *set;
	int			size;			/* allocated traits */
} TraitReading;

static void
trait_read_set(void *arg, HeapTuple tuple, TupleDesc desc)
{
	TcsTraitSet *set = ((TraitReading *) arg)->set;

	set->name = tcs_stored_required_text(tuple, SET_NAME, desc);
	set->time_zone = tcs_stored_text(tuple, SET_TIME_ZONE, desc);
}

/* A span of time: positive and finite, whatever a table without its constraint holds. */
static Interval *
trait_read_span(HeapTuple tuple, TupleDesc desc, int column, const char *name, const char *trait)
{
	bool		isnull;
	Datum		value = tcs_row_value(tuple, desc, column, INTERVALOID, &isnull);
	Interval   *span;

	if (isnull)
		return NULL;
	span = palloc(sizeof(Interval));
	*span = *DatumGetIntervalP(value);
	if (!(tcs_interval_days(span, name) > 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s of trait \"%s\" must be positive", name, trait)));
	return span;
}

static void
trait_read(void *arg, HeapTuple tuple, TupleDesc desc)
{
	TraitReading *reading = arg;
	TcsTraitSet *set = reading->set;
	TcsTrait   *trait;
	const char *measure;

	if (!DatumGetBool(tcs_row_required(tuple, desc, TRAIT_ENABLED, BOOLOID)))
		return;
	if (set->count == reading->size)
	{
		reading->size *= 2;
		set->traits = repalloc(set->traits, reading->size * sizeof(TcsTrait));
	}
	trait = &set->traits[set->count++];
	trait->name = tcs_stored_required_text(tuple, TRAIT_NAME, desc);
	measure = tcs_stored_required_text(tuple, TRAIT_MEASURE, desc);
	trait->value = tcs_stored_text(tuple, TRAIT_VALUE, desc);
	trait->condition = tcs_stored_text(tuple, TRAIT_CONDITION, desc);
	trait->since = tcs_stored_text(tuple, TRAIT_SINCE, desc);
	trait->description = tcs_stored_text(tuple, TRAIT_DESCRIPTION, desc);
	trait->within = trait_read_span(tuple, desc, TRAIT_WITHIN, "within", trait->name);
	trait->gap = trait_read_span(tuple, desc, TRAIT_GAP, "gap", trait->name);
	trait_check_name(trait->name);
	trait->steps = trait_read_steps(tuple, desc);
	trait_check_measure(measure, trait->value, trait->gap != NULL, trait->steps != NIL);
	trait->measure = tcs_trait_measure(measure);
}

static int
compare_traits(const void *a, const void *b)
{
	return strcmp(((const TcsTrait *) a)->name, ((const TcsTrait *) b)->name);
}

TcsTraitSet *
tcs_traits_read(const char *name)
{
	TraitReading reading = {palloc0(sizeof(TcsTraitSet)), 16};
	TcsTraitSet *set = reading.set;

	set->traits = palloc(reading.size * sizeof(TcsTrait));
	tcs_stored_read(&tcs_stored_traits, name, trait_read_set, trait_read, &reading);
	qsort(set->traits, set->count, sizeof(TcsTrait), compare_traits);
	return set;
}
