/*
 * funnel_named.c
 *		How far a customer came, by the names of the steps, where an event may
 *		be several of them, and as of a day: the aggregates funnel with more
 *		than the three arguments.
 */
#include "tcs.h"

#include "catalog/pg_type.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/date.h"
#include "utils/timestamp.h"

#include "funnel/plan.h"
#include "server/server.h"

#define INTERRUPT_EVERY	65536

/*
 * An event is the number of its name.  One with several names comes as several
 * in a row, all but the first marked as more of the same.
 */
#define SAME_EVENT		0x80
#define NAME_NUMBER		0x7f

PG_FUNCTION_INFO_V1(tcs_funnel_numbered_date);
PG_FUNCTION_INFO_V1(tcs_funnel_numbered_timestamp);
PG_FUNCTION_INFO_V1(tcs_funnel_numbers_date);
PG_FUNCTION_INFO_V1(tcs_funnel_numbers_timestamp);
PG_FUNCTION_INFO_V1(tcs_funnel_named_date);
PG_FUNCTION_INFO_V1(tcs_funnel_named_timestamp);
PG_FUNCTION_INFO_V1(tcs_funnel_names_date);
PG_FUNCTION_INFO_V1(tcs_funnel_names_timestamp);
PG_FUNCTION_INFO_V1(tcs_funnel_named_combine);
PG_FUNCTION_INFO_V1(tcs_funnel_named_serial);
PG_FUNCTION_INFO_V1(tcs_funnel_named_deserial);
PG_FUNCTION_INFO_V1(tcs_funnel_named_final_date);
PG_FUNCTION_INFO_V1(tcs_funnel_named_final_timestamp);
PG_FUNCTION_INFO_V1(tcs_funnel_named_final_timestamptz);

/* What the argument step is. */
typedef enum StepForm
{
	STEP_NUMBER,
	STEP_NUMBERS,
	STEP_NAME,
	STEP_NAMES
} StepForm;

static inline TcsFunnel *
named_add(TcsFunnel *funnel, int64 at, uint8 step)
{
	if (unlikely(funnel->count == tcs_funnel_events_in(funnel->size_bits)))
		funnel = tcs_funnel_make_room(funnel, 1);
	funnel->events[funnel->count].at = at;
	funnel->events[funnel->count].step = step;
	funnel->count++;
	return funnel;
}

static uint8
named_check_number(int step)
{
	if (unlikely(step < 1 || step > TCS_FUNNEL_STEPS))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("step must lie between 1 and %d, not be %d", TCS_FUNNEL_STEPS, step),
				 errhint("Number the steps of the funnel from 1, and give NULL for events that are none of them.")));
	return (uint8) step;
}

/* an event that can be several steps */
static TcsFunnel *
named_add_several(TcsFunnel *funnel, int64 at, ArrayType *array, Oid type)
{
	Datum	   *elements;
	bool	   *nulls;
	int			count;
	bool		other = false;
	uint8		same = 0;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("step must not have more than one dimension"),
				 errhint("Give an array of all that the event is.")));
	tcs_array_elements(PointerGetDatum(array), type, &elements, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		int			number;

		if (nulls[i])
			continue;
		number = type == INT4OID ? named_check_number(DatumGetInt32(elements[i])) :
			tcs_funnel_name_number(funnel->plan, VARDATA_ANY(DatumGetPointer(elements[i])),
								   VARSIZE_ANY_EXHDR(DatumGetPointer(elements[i])));
		other = true;
		if (number == 0)
			continue;
		funnel = named_add(funnel, at, number | same);
		same = SAME_EVENT;
	}
	if (other && same == 0 && funnel->plan->counts_others)
		funnel = named_add(funnel, at, 0);
	return funnel;
}

/* arguments: state, at, step, steps where there are names, within, as_of */
static inline Datum
named_row_add(FunctionCallInfo fcinfo, bool is_date, StepForm form)
{
	TcsFunnel  *funnel = TCS_STATE(TcsFunnel);
	bool		by_number = form <= STEP_NUMBERS;
	const TcsFunnelPlan *plan;
	int64		at;

	if (funnel != NULL)
		__builtin_prefetch(&funnel->events[6]);
	plan = tcs_funnel_plan_argument(fcinfo, 3, is_date, by_number, &fcinfo->flinfo->fn_extra);
	if (funnel == NULL)
	{
		funnel = tcs_funnel_create(tcs_aggregate_context(fcinfo), is_date, 0);
		funnel->plan = plan;
	}
	else if (unlikely(funnel->plan != plan))
		tcs_funnel_plan_check_same(funnel->plan, plan);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_POINTER(funnel);

	at = is_date ? PG_GETARG_DATEADT(1) : PG_GETARG_INT64(1);
	if (unlikely(is_date ? DATE_NOT_FINITE(at) : TIMESTAMP_NOT_FINITE(at)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("at must not be infinite"),
				 errhint("Leave such rows out with a WHERE or FILTER clause, or replace the value with NULL.")));
	if (form == STEP_NUMBER)
		funnel = named_add(funnel, at, named_check_number(PG_GETARG_INT32(2)));
	else if (form == STEP_NAME)
	{
		text	   *name = PG_GETARG_TEXT_PP(2);
		int			number = tcs_funnel_name_number(plan, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));

		if (number > 0 || plan->counts_others)
			funnel = named_add(funnel, at, (uint8) number);
	}
	else
		funnel = named_add_several(funnel, at, PG_GETARG_ARRAYTYPE_P(2),
								   form == STEP_NUMBERS ? INT4OID : TEXTOID);
	PG_RETURN_POINTER(funnel);
}

Datum
tcs_funnel_numbered_date(PG_FUNCTION_ARGS)
{
	return named_row_add(fcinfo, true, STEP_NUMBER);
}

Datum
tcs_funnel_numbered_timestamp(PG_FUNCTION_ARGS)
{
	return named_row_add(fcinfo, false, STEP_NUMBER);
}

Datum
tcs_funnel_numbers_date(PG_FUNCTION_ARGS)
{
	return named_row_add(fcinfo, true, STEP_NUMBERS);
}

Datum
tcs_funnel_numbers_timestamp(PG_FUNCTION_ARGS)
{
	return named_row_add(fcinfo, false, STEP_NUMBERS);
}

Datum
tcs_funnel_named_date(PG_FUNCTION_ARGS)
{
	return named_row_add(fcinfo, true, STEP_NAME);
}

Datum
tcs_funnel_named_timestamp(PG_FUNCTION_ARGS)
{
	return named_row_add(fcinfo, false, STEP_NAME);
}

Datum
tcs_funnel_names_date(PG_FUNCTION_ARGS)
{
	return named_row_add(fcinfo, true, STEP_NAMES);
}

Datum
tcs_funnel_names_timestamp(PG_FUNCTION_ARGS)
{
	return named_row_add(fcinfo, false, STEP_NAMES);
}

Datum
tcs_funnel_named_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	TcsFunnel  *into;
	TcsFunnel  *from;

	if (PG_ARGISNULL(1))
		return tcs_first_state(fcinfo);
	from = (TcsFunnel *) PG_GETARG_POINTER(1);
	if (PG_ARGISNULL(0))
	{
		into = tcs_funnel_create(context, from->is_date, from->count);
		into->plan = from->plan;
	}
	else
	{
		into = (TcsFunnel *) PG_GETARG_POINTER(0);
		tcs_funnel_plan_check_same(into->plan, from->plan);
	}
	PG_RETURN_POINTER(tcs_funnel_append(into, from));
}

Datum
tcs_funnel_named_serial(PG_FUNCTION_ARGS)
{
	TcsFunnel  *funnel = (TcsFunnel *) PG_GETARG_POINTER(0);
	StringInfoData buffer;

	tcs_aggregate_context(fcinfo);
	pq_begintypsend(&buffer);
	tcs_funnel_plan_send(&buffer, funnel->plan);
	tcs_funnel_send_events(&buffer, funnel);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

/* may that event stand there in a state? */
static bool
named_event_is_good(const TcsFunnel *funnel, uint32 i)
{
	const TcsFunnelEvent *event = &funnel->events[i];
	int			number = event->step & NAME_NUMBER;

	if (!(funnel->is_date ? event->at == (DateADT) event->at && IS_VALID_DATE(event->at) :
		  IS_VALID_TIMESTAMP(event->at)) ||
		number > funnel->plan->names || (number == 0 && !funnel->plan->counts_others))
		return false;
	return event->step <= NAME_NUMBER ||
		(number > 0 && i > 0 && event[-1].at == event->at && (event[-1].step & NAME_NUMBER) > 0);
}

Datum
tcs_funnel_named_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	StringInfoData buffer;
	TcsFunnel  *funnel;
	const TcsFunnelPlan *plan;
	uint32		count;
	bool		good;

	tcs_aggregate_context(fcinfo);
	tcs_read_only_buffer(&buffer, bytes);
	plan = tcs_funnel_plan_receive(&buffer, fcinfo, &fcinfo->flinfo->fn_extra);
	count = pq_getmsgint(&buffer, 4);
	good = count == (buffer.len - buffer.cursor) / sizeof(TcsFunnelEvent);
	funnel = tcs_funnel_create(CurrentMemoryContext, plan->is_date, good ? count : 0);
	funnel->plan = plan;
	for (uint32 i = 0; good && i < count; i++)
	{
		if ((i + 1) % INTERRUPT_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		funnel->events[i].at = pq_getmsgint64(&buffer);
		funnel->events[i].step = (uint8) pq_getmsgbyte(&buffer);
		good = named_event_is_good(funnel, i);
	}
	if (!good)
		tcs_bad_state("funnel");
	funnel->count = count;
	pq_getmsgend(&buffer);
	PG_RETURN_POINTER(funnel);
}

/* Has any event more than one name? */
static bool
named_has_several(const TcsFunnel *funnel)
{
	uint8		any = 0;

	for (uint32 i = 0; i < funnel->count; i++)
		any |= funnel->events[i].step;
	return (any & SAME_EVENT) != 0;
}

static void
named_kind_use(TcsStepKind *kind, const TcsFunnelName *name)
{
	for (int w = 0; w < 2; w++)
	{
		kind->steps.word[w] = name->steps.word[w];
		kind->breaks.word[w] = name->breaks.word[w] | name->other.word[w];
	}
}

/* The chain where there are conditions, or events that can be several steps. */
static int
named_chain(const TcsFunnel *funnel, int64 *times)
{
	const TcsFunnelPlan *plan = funnel->plan;
	TcsStepEvent *events = MemoryContextAllocHuge(CurrentMemoryContext,
												  (Size) funnel->count * sizeof(TcsStepEvent));
	TcsStepKind *kinds;
	uint32		kind_count = plan->names + 1;
	uint32		count = 0;
	int			depth;

	for (uint32 i = 1; i < funnel->count; i++)
		if (funnel->events[i].step > NAME_NUMBER && funnel->events[i - 1].step <= NAME_NUMBER)
			kind_count++;
	kinds = MemoryContextAllocHuge(CurrentMemoryContext, (Size) kind_count * sizeof(TcsStepKind));
	for (int i = 0; i <= plan->names; i++)
		named_kind_use(&kinds[i], &plan->name[i]);
	kind_count = plan->names + 1;

	for (uint32 i = 0; i < funnel->count;)
	{
		const TcsFunnelName *name = &plan->name[funnel->events[i].step];
		TcsStepSet	breaks = name->breaks;
		TcsStepSet	other = name->other;
		TcsStepKind *kind;

		if ((i + 1) % INTERRUPT_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		events[count].at = funnel->events[i].at;
		events[count++].kind = funnel->events[i].step;
		if (++i == funnel->count || funnel->events[i].step <= NAME_NUMBER)
			continue;
		events[count - 1].kind = kind_count;
		kind = &kinds[kind_count++];
		kind->steps = name->steps;
		for (; i < funnel->count && funnel->events[i].step > NAME_NUMBER; i++)
		{
			name = &plan->name[funnel->events[i].step & NAME_NUMBER];
			for (int w = 0; w < 2; w++)
			{
				kind->steps.word[w] |= name->steps.word[w];
				breaks.word[w] |= name->breaks.word[w];
				other.word[w] &= name->other.word[w];
			}
		}
		for (int w = 0; w < 2; w++)
			kind->breaks.word[w] = breaks.word[w] | other.word[w];
	}
	depth = tcs_step_chain(&plan->rules, events, count, kinds, times);
	pfree(kinds);
	pfree(events);
	return depth;
}

static inline Datum
named_finish(FunctionCallInfo fcinfo, Oid type)
{
	TcsFunnel  *funnel = TCS_STATE(TcsFunnel);
	const TcsStepRules *rules;
	int64		times[TCS_FUNNEL_STEPS];
	int			depth = 0;

	tcs_aggregate_context(fcinfo);
	if (funnel == NULL)
		PG_RETURN_NULL();
	if (funnel->is_date != (type == DATEOID))
		tcs_not_the_same("type of at");
	rules = &funnel->plan->rules;
	if (funnel->count == 0)
		depth = 0;
	else if (funnel->plan->simple && !named_has_several(funnel))
		depth = tcs_funnel_walk(funnel, rules->within, rules->has_as_of ? &rules->as_of : NULL, times);
	else
		depth = named_chain(funnel, times);
	PG_RETURN_ARRAYTYPE_P(tcs_funnel_times(times, depth, type));
}

Datum
tcs_funnel_named_final_date(PG_FUNCTION_ARGS)
{
	return named_finish(fcinfo, DATEOID);
}

Datum
tcs_funnel_named_final_timestamp(PG_FUNCTION_ARGS)
{
	return named_finish(fcinfo, TIMESTAMPOID);
}

Datum
tcs_funnel_named_final_timestamptz(PG_FUNCTION_ARGS)
{
	return named_finish(fcinfo, TIMESTAMPTZOID);
}
