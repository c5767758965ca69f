/*
 * plan.c
 *		What the argument steps of funnel asks for.
 */
#include "funnel/plan.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/hsearch.h"
#include "utils/timestamp.h"

#include "server/server.h"

/* What comes before the steps in the text that plans are told apart by. */
typedef struct PlanHead
{
	uint64		within;
	int64		as_of;
	uint8		is_date;
	uint8		by_number;
	uint8		has_as_of;
	uint8		unused[5];
} PlanHead;

typedef struct PlanKey
{
	const char *bytes;
	uint64		length;
} PlanKey;

typedef struct PlanPlace
{
	PlanKey		key;
	TcsFunnelPlan *plan;
} PlanPlace;

/* What a call site keeps. */
typedef struct PlanCache
{
	TcsFunnelPlan *last;
	HTAB	   *plans;
} PlanCache;

/* What a condition excludes from a gap. */
typedef struct PlanExclusion
{
	int			gap;
	const char *name;			/* NULL: every event */
	bool		others;			/* but those of the two steps */
} PlanExclusion;

/* The steps as they are read. */
typedef struct PlanSteps
{
	bool		is_date;
	int			count;
	const char *names[TCS_FUNNEL_STEPS];
	TcsStepGap	gaps[TCS_FUNNEL_STEPS];
	bool		has_times;
	List	   *exclusions;
	const char *condition;		/* read last, after the last step */
} PlanSteps;

static void
steps_refuse_element(const char *complaint, const char *element)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 element == NULL ? errmsg("steps must not %s", complaint) :
			 errmsg("steps must not %s: \"%s\"", complaint, element),
			 errhint("Give the names of the steps, and between two of them conditions such as '!name', '!*', '!', '<= 1 hour' or '> 1 day'; a name that looks like a condition begins with a backslash.")));
}

/* A span of time in what the type of at counts in, a part of it as a whole or not. */
static uint64
gap_span(const Interval *span, bool is_date, bool up)
{
	uint64		time = tcs_funnel_within(span, false);

	if (!is_date || time == PG_UINT64_MAX)
		return is_date ? tcs_funnel_within(span, true) : time;
	return time / USECS_PER_DAY + (up && time % USECS_PER_DAY > 0);
}

/* <= 1 hour and its kin */
static void
gap_read_time(PlanSteps *steps, TcsStepGap *gap, const char *element)
{
	bool		shorter = element[0] == '<';
	bool		or_equal = element[1] == '=';
	const char *words = element + 1 + or_equal;
	Interval   *span;
	uint64		bound;

	while (*words == ' ')
		words++;
	steps->has_times = true;
	if (*words == '\0' && !shorter && !or_equal)
	{
		gap->least = Max(gap->least, 1);
		return;
	}
	if (*words == '\0')
		steps_refuse_element("have a condition without its time", element);
	/* how signs are read depends on a setting */
	if (strchr(words, '-') != NULL || strstr(words, "ago") != NULL)
		steps_refuse_element("have a condition with a negative time", element);
	span = DatumGetIntervalP(DirectFunctionCall3(interval_in, CStringGetDatum(words),
												 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
	bound = gap_span(span, steps->is_date, shorter != or_equal);
	if (!shorter && !or_equal)
		bound = bound == PG_UINT64_MAX ? bound : bound + 1;
	if (shorter && !or_equal && bound == 0)
		steps_refuse_element("have a condition that leaves no time", element);
	if (shorter)
		gap->most = Min(gap->most, or_equal ? bound : bound - 1);
	else
		gap->least = Max(gap->least, bound);
	if (gap->least > gap->most)
		steps_refuse_element("have a condition that contradicts the one before", element);
}

static const char *
step_plain_name(const char *element)
{
	return element[0] == '\\' ? element + 1 : element;
}

static void
steps_read_exclusion(PlanSteps *steps, const char *element)
{
	PlanExclusion *exclusion = palloc0(sizeof(PlanExclusion));

	exclusion->gap = steps->count - 1;
	if (strcmp(element, "!*") == 0)
		exclusion->others = true;
	else if (element[1] != '\0')
		exclusion->name = step_plain_name(element + 1);
	steps->exclusions = lappend(steps->exclusions, exclusion);
}

static void
steps_read(PlanSteps *steps, const char *element)
{
	if (element[0] == '!' || element[0] == '<' || element[0] == '>')
	{
		if (steps->count == 0)
			steps_refuse_element("begin with a condition", element);
		steps->condition = element;
		if (element[0] == '!')
			steps_read_exclusion(steps, element);
		else
			gap_read_time(steps, &steps->gaps[steps->count - 1], element);
		return;
	}
	if (steps->count == TCS_FUNNEL_STEPS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("steps must not be more than %d", TCS_FUNNEL_STEPS),
				 errhint("Leave out steps, or look at parts of the way.")));
	steps->condition = NULL;
	steps->names[steps->count] = step_plain_name(element);
	steps->gaps[steps->count].least = 0;
	steps->gaps[steps->count].most = PG_UINT64_MAX;
	steps->count++;
}

static void
steps_read_end(const PlanSteps *steps)
{
	if (steps->count == 0)
		steps_refuse_element("be empty", NULL);
	if (steps->condition != NULL)
		steps_refuse_element("end with a condition", steps->condition);
}

int
tcs_funnel_name_number(const TcsFunnelPlan *plan, const char *name, uint32 length)
{
	uint32		slot = hash_bytes((const unsigned char *) name, length) % 256;
	int			number;

	while ((number = plan->slots[slot]) != 0)
	{
		if (plan->name[number].length == length && memcmp(plan->name[number].name, name, length) == 0)
			break;
		slot = (slot + 1) % 256;
	}
	return number;
}

/* the number of a name, which is new or not */
static int
plan_add_name(TcsFunnelPlan *plan, const char *name)
{
	uint32		length = strlen(name);
	int			number = tcs_funnel_name_number(plan, name, length);
	uint32		slot = hash_bytes((const unsigned char *) name, length) % 256;

	if (number > 0)
		return number;
	if (plan->names == TCS_FUNNEL_NAMES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("steps must not have more than %d names", TCS_FUNNEL_NAMES),
				 errhint("Exclude every event but those of the two steps by '!*'.")));
	number = ++plan->names;
	plan->name[number] = (TcsFunnelName)
	{
		.name = pstrdup(name),.length = length
	};
	while (plan->slots[slot] != 0)
		slot = (slot + 1) % 256;
	plan->slots[slot] = (uint8) number;
	return number;
}

/* Steps by name, with what may not be between them. */
static void
plan_use_steps(TcsFunnelPlan *plan, const PlanSteps *steps)
{
	int			number[TCS_FUNNEL_STEPS];
	ListCell   *cell;

	plan->name = palloc0((steps->count + list_length(steps->exclusions) + 1) * sizeof(TcsFunnelName));
	plan->simple = !steps->has_times && steps->exclusions == NIL;
	for (int k = 0; k < steps->count; k++)
	{
		number[k] = plan_add_name(plan, steps->names[k]);
		plan->simple = plan->simple && number[k] == k + 1;
		tcs_step_set_add(&plan->name[number[k]].steps, k);
	}
	foreach(cell, steps->exclusions)
	{
		const PlanExclusion *exclusion = lfirst(cell);

		if (exclusion->name != NULL)
			tcs_step_set_add(&plan->name[plan_add_name(plan, exclusion->name)].breaks, exclusion->gap);
	}
	foreach(cell, steps->exclusions)
	{
		const PlanExclusion *exclusion = lfirst(cell);

		if (exclusion->name != NULL)
			continue;
		plan->counts_others = true;
		for (int i = 0; i <= plan->names; i++)
			if (!exclusion->others)
				tcs_step_set_add(&plan->name[i].breaks, exclusion->gap);
			else if (i != number[exclusion->gap] && i != number[exclusion->gap + 1])
				tcs_step_set_add(&plan->name[i].other, exclusion->gap);
	}
	plan->rules.steps = steps->count;
	memcpy(plan->rules.gaps, steps->gaps, steps->count * sizeof(TcsStepGap));
}

static void
plan_use_numbers(TcsFunnelPlan *plan)
{
	plan->simple = true;
	plan->names = plan->rules.steps = TCS_FUNNEL_STEPS;
	plan->name = palloc0((TCS_FUNNEL_STEPS + 1) * sizeof(TcsFunnelName));
	for (int k = 0; k < TCS_FUNNEL_STEPS; k++)
	{
		tcs_step_set_add(&plan->name[k + 1].steps, k);
		plan->rules.gaps[k] = (TcsStepGap)
		{
			0, PG_UINT64_MAX
		};
	}
}

static uint32
plan_key_hash(const void *key, Size size)
{
	const PlanKey *k = key;

	return hash_bytes((const unsigned char *) k->bytes, (int) k->length);
}

static int
plan_key_match(const void *a, const void *b, Size size)
{
	const PlanKey *left = a;
	const PlanKey *right = b;

	return left->length != right->length || memcmp(left->bytes, right->bytes, left->length) != 0;
}

static PlanCache *
plan_cache_create(MemoryContext context)
{
	PlanCache  *cache = MemoryContextAllocZero(context, sizeof(PlanCache));
	HASHCTL		control = {0};

	control.keysize = sizeof(PlanKey);
	control.entrysize = sizeof(PlanPlace);
	control.hash = plan_key_hash;
	control.match = plan_key_match;
	control.hcxt = context;
	cache->plans = hash_create("plans of funnels", 8, &control,
							   HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
	return cache;
}

static inline PlanCache *
plan_cache(FunctionCallInfo fcinfo, void **call_cache)
{
	if (unlikely(*call_cache == NULL))
		*call_cache = plan_cache_create(fcinfo->flinfo->fn_mcxt);
	return *call_cache;
}

/* A plan for what its text says, which is a head and the steps. */
static TcsFunnelPlan *
plan_make(const PlanHead *head, const char *words, int length)
{
	TcsFunnelPlan *plan = palloc0(sizeof(TcsFunnelPlan));
	PlanSteps	steps = {.is_date = head->is_date};

	plan->is_date = head->is_date;
	plan->by_number = head->by_number;
	initStringInfo(&plan->text);
	appendBinaryStringInfo(&plan->text, words, length);
	plan->rules.within = head->within;
	plan->rules.as_of = head->as_of;
	plan->rules.has_as_of = head->has_as_of;
	if (plan->by_number)
	{
		plan_use_numbers(plan);
		return plan;
	}
	for (int at = sizeof(PlanHead); at < length; at += strlen(plan->text.data + at) + 1)
		steps_read(&steps, plan->text.data + at);
	steps_read_end(&steps);
	plan_use_steps(plan, &steps);
	return plan;
}

/* The plan that these words ask for; there is one of a kind. */
static TcsFunnelPlan *
plan_intern(FunctionCallInfo fcinfo, PlanCache *cache, const PlanHead *head, const char *words,
			int length)
{
	PlanKey		key;
	PlanPlace  *place;

	key.bytes = words;
	key.length = length;
	place = hash_search(cache->plans, &key, HASH_FIND, NULL);

	if (place == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
		TcsFunnelPlan *plan = plan_make(head, words, length);

		key.bytes = plan->text.data;
		place = hash_search(cache->plans, &key, HASH_ENTER, NULL);
		place->plan = plan;
		MemoryContextSwitchTo(old);
	}
	return place->plan;
}

/* Append the elements of steps to the text of a plan, each with a zero byte. */
static void
plan_append_steps(StringInfo words, ArrayType *steps)
{
	Datum	   *elements;
	bool	   *nulls;
	int			count;

	if (ARR_NDIM(steps) > 1)
		steps_refuse_element("have more than one dimension", NULL);
	tcs_array_elements(PointerGetDatum(steps), TEXTOID, &elements, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			steps_refuse_element("have an element that is null", NULL);
		appendBinaryStringInfo(words, VARDATA_ANY(DatumGetPointer(elements[i])),
							   VARSIZE_ANY_EXHDR(DatumGetPointer(elements[i])));
		appendStringInfoChar(words, '\0');
	}
}

static void
plan_head(FunctionCallInfo fcinfo, int argno, bool is_date, bool by_number, PlanHead *head)
{
	memset(head, 0, sizeof(PlanHead));
	head->within = tcs_funnel_within_argument(fcinfo, argno, is_date);
	head->is_date = is_date;
	head->by_number = by_number;
	if (PG_NARGS() > argno + 1 && !PG_ARGISNULL(argno + 1))
	{
		head->has_as_of = true;
		head->as_of = is_date ? PG_GETARG_DATEADT(argno + 1) : PG_GETARG_INT64(argno + 1);
		if (is_date ? DATE_NOT_FINITE(head->as_of) : TIMESTAMP_NOT_FINITE(head->as_of))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("as_of must not be infinite"),
					 errhint("Give NULL to count starts whose window is not over.")));
	}
}

const TcsFunnelPlan *
tcs_funnel_plan_argument(FunctionCallInfo fcinfo, int argno, bool is_date, bool by_number,
						 void **call_cache)
{
	PlanCache  *cache = plan_cache(fcinfo, call_cache);
	TcsFunnelPlan *last = cache->last;
	ArrayType  *steps = NULL;
	uint32		bytes = 0;
	PlanHead	head;
	StringInfoData words;

	if (!by_number)
	{
		if (PG_ARGISNULL(argno))
			steps_refuse_element("be null", NULL);
		steps = PG_GETARG_ARRAYTYPE_P(argno++);
		bytes = VARSIZE(steps);
	}
	plan_head(fcinfo, argno, is_date, by_number, &head);
	if (likely(last != NULL && memcmp(last->text.data, &head, sizeof(head)) == 0 &&
			   last->given_bytes == bytes && (steps == NULL || memcmp(last->given, steps, bytes) == 0)))
		return last;

	initStringInfo(&words);
	appendBinaryStringInfo(&words, (char *) &head, sizeof(head));
	if (!by_number)
		plan_append_steps(&words, steps);
	cache->last = plan_intern(fcinfo, cache, &head, words.data, words.len);
	if (steps != NULL &&
		(cache->last->given_bytes != bytes || memcmp(cache->last->given, steps, bytes) != 0))
	{
		if (cache->last->given != NULL)
			pfree(cache->last->given);
		cache->last->given = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, bytes);
		memcpy(cache->last->given, steps, bytes);
		cache->last->given_bytes = bytes;
	}
	pfree(words.data);
	return cache->last;
}

void
tcs_funnel_plan_check_same(const TcsFunnelPlan *plan, const TcsFunnelPlan *other)
{
	if (likely(plan == other) ||
		(plan->text.len == other->text.len && memcmp(plan->text.data, other->text.data, plan->text.len) == 0))
		return;
	tcs_not_the_same(plan->is_date != other->is_date ? "type of at" :
					 plan->rules.within != other->rules.within ? "within" :
					 plan->rules.has_as_of != other->rules.has_as_of ||
					 plan->rules.as_of != other->rules.as_of ? "as_of" : "steps");
}

void
tcs_funnel_plan_send(StringInfo buffer, const TcsFunnelPlan *plan)
{
	pq_sendint64(buffer, plan->rules.within);
	pq_sendint64(buffer, plan->rules.as_of);
	pq_sendint8(buffer, plan->is_date);
	pq_sendint8(buffer, plan->by_number);
	pq_sendint8(buffer, plan->rules.has_as_of);
	pq_sendint32(buffer, plan->text.len - sizeof(PlanHead));
	pq_sendbytes(buffer, plan->text.data + sizeof(PlanHead), plan->text.len - sizeof(PlanHead));
}

const TcsFunnelPlan *
tcs_funnel_plan_receive(StringInfo buffer, FunctionCallInfo fcinfo, void **call_cache)
{
	PlanCache  *cache = plan_cache(fcinfo, call_cache);
	PlanHead	head;
	const TcsFunnelPlan *plan;
	StringInfoData words;
	int			length;
	bool		good;

	memset(&head, 0, sizeof(head));
	head.within = pq_getmsgint64(buffer);
	head.as_of = pq_getmsgint64(buffer);
	head.is_date = pq_getmsgbyte(buffer) != 0;
	head.by_number = pq_getmsgbyte(buffer) != 0;
	head.has_as_of = pq_getmsgbyte(buffer) != 0;
	length = pq_getmsgint(buffer, 4);
	good = length >= 0 && length <= buffer->len - buffer->cursor && head.by_number == (length == 0) &&
		(head.is_date ? head.as_of == (DateADT) head.as_of && IS_VALID_DATE(head.as_of) :
		 IS_VALID_TIMESTAMP(head.as_of));
	if (!good)
		tcs_bad_state("funnel");
	initStringInfo(&words);
	appendBinaryStringInfo(&words, (char *) &head, sizeof(head));
	appendBinaryStringInfo(&words, pq_getmsgbytes(buffer, length), length);
	if (length > 0 && words.data[words.len - 1] != '\0')
		tcs_bad_state("funnel");
	for (int at = sizeof(head); at < words.len; at += strlen(words.data + at) + 1)
		if (!pg_verifymbstr(words.data + at, strlen(words.data + at), true))
			tcs_bad_state("funnel");
	plan = plan_intern(fcinfo, cache, &head, words.data, words.len);
	pfree(words.data);
	return plan;
}

char	  **
tcs_funnel_step_names(ArrayType *array, int *count)
{
	StringInfoData words;
	PlanSteps	steps = {0};
	char	  **names;

	initStringInfo(&words);
	plan_append_steps(&words, array);
	for (int at = 0; at < words.len; at += strlen(words.data + at) + 1)
		steps_read(&steps, words.data + at);
	steps_read_end(&steps);
	names = palloc(steps.count * sizeof(char *));
	for (int k = 0; k < steps.count; k++)
		names[k] = pstrdup(steps.names[k]);
	*count = steps.count;
	pfree(words.data);
	return names;
}
