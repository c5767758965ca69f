/*
 * chain.c
 *		The deepest chain of events, with conditions between the steps.
 *
 * What may come next depends on the step before, so that the earliest event
 * need not be the best.  Two walks over the instants find the chain.  The one
 * forward knows for each step the latest start from which it can be reached,
 * and so how deep a chain can be; the one backward knows how early that depth
 * can be reached from each step, and so which start is the first, and what to
 * take next.  From a step to the next both ask for the best of a stretch of
 * time whose ends only ever move on, which a queue answers that keeps nothing
 * a later and better one has overtaken: all of it is linear in the events.
 *
 * At one instant there may be several events.  Which steps in a row they can
 * take together is a matter of matching: run_end has the last of those that
 * begin with a step.
 */
#include "funnel/chain.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"

#define INTERRUPT_EVERY	65536
#define NEVER			PG_INT64_MIN

/* A step that an event of an instant can take. */
typedef struct ChainEntry
{
	int64		best;			/* from here to the end, counted backwards */
	int64		leaves;			/* the same of chains whose next step is later */
	uint8		step;
	uint8		run_end;
} ChainEntry;

typedef struct ChainInstant
{
	int64		at;
	TcsStepSet	breaks;
	uint32		entry;			/* the first one; they end where the next's
								 * begin */
} ChainInstant;

/* A way to come to a step: when, and how good it is. */
typedef struct ChainWay
{
	int64		at;
	int64		value;
} ChainWay;

/*
 * The ways across a gap.  ways[head .. tail) descend in value and may be taken,
 * ways[next .. count) are too near yet.
 */
typedef struct ChainQueue
{
	ChainWay   *ways;
	uint32		head;
	uint32		tail;
	uint32		next;
	uint32		count;
	int64		broken;			/* nothing before that goes across */
} ChainQueue;

typedef struct Chain
{
	const TcsStepRules *rules;
	const TcsStepKind *kinds;
	int			steps;			/* those that there are events for */
	ChainInstant *instants;
	uint32		instant_count;
	ChainEntry *entries;
	ChainWay   *ways;
	uint32		place[TCS_FUNNEL_STEPS + 1];	/* of the ways of each step */
	ChainQueue	queues[TCS_FUNNEL_STEPS];
} Chain;

/* Events of one kind at one instant, and how many of them are taken. */
typedef struct MatchSlot
{
	const TcsStepKind *kind;
	uint32		events;
	uint32		taken;
	uint32		seen;			/* in that try */
} MatchSlot;

typedef struct Match
{
	MatchSlot  *slots;
	uint32		count;
	uint32		tries;
	MatchSlot  *slot_of[TCS_FUNNEL_STEPS];
} Match;

#define ST_SORT sort_step_events
#define ST_ELEMENT_TYPE TcsStepEvent
#define ST_COMPARE(a, b) ((a)->at != (b)->at ? ((a)->at < (b)->at ? -1 : 1) : \
						  (a)->kind < (b)->kind ? -1 : (a)->kind > (b)->kind)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* Find an event for a step, moving others where that helps. */
static bool
match_step(Match *match, int step)
{
	CHECK_FOR_INTERRUPTS();
	for (uint32 i = 0; i < match->count; i++)
	{
		MatchSlot  *slot = &match->slots[i];

		if (slot->seen == match->tries || !tcs_step_set_has(&slot->kind->steps, step))
			continue;
		slot->seen = match->tries;
		if (slot->taken < slot->events)
		{
			slot->taken++;
			match->slot_of[step] = slot;
			return true;
		}
		for (int other = 0; other < TCS_FUNNEL_STEPS; other++)
			if (match->slot_of[other] == slot && match_step(match, other))
			{
				match->slot_of[step] = slot;
				return true;
			}
	}
	return false;
}

/* Fill in the slots; can any of the events take more than one step? */
static bool
match_fill(Match *match, const TcsStepKind *kinds, const TcsStepEvent *events, uint32 count)
{
	bool		several = false;

	match->count = 0;
	match->tries = 0;
	memset(match->slot_of, 0, sizeof(match->slot_of));
	for (uint32 i = 0; i < count; i++)
	{
		const TcsStepKind *kind = &kinds[events[i].kind];
		int			steps = pg_popcount64(kind->steps.word[0]) + pg_popcount64(kind->steps.word[1]);

		if (steps == 0)
			continue;
		several = several || steps > 1;
		if (i > 0 && events[i].kind == events[i - 1].kind)
			match->slots[match->count - 1].events++;
		else
			match->slots[match->count++] = (MatchSlot)
		{
			kind, 1, 0, 0
		};
	}
	return several;
}

/* Which steps in a row the events of an instant can take. */
static void
chain_find_runs(const Chain *chain, Match *match, const TcsStepEvent *events, uint32 count,
				ChainEntry *entries, uint32 entry_count)
{
	bool		several = match_fill(match, chain->kinds, events, count);
	uint32		end = 0;

	for (uint32 i = 0; i < entry_count; i++)
	{
		int			step = entries[i].step;

		end = Max(end, i);
		while (end < entry_count)
		{
			int			next = entries[end].step;

			if (end > i && (next != entries[end - 1].step + 1 ||
							chain->rules->gaps[next - 1].least > 0))
				break;
			match->tries++;
			if (several && !match_step(match, next))
				break;
			end++;
		}
		entries[i].run_end = entries[end - 1].step;
		if (several)
		{
			match->slot_of[step]->taken--;
			match->slot_of[step] = NULL;
		}
	}
}

/* The steps that events at one instant can take, and the gaps they break. */
static void
chain_add_instant(Chain *chain, Match *match, const TcsStepEvent *events, uint32 count,
				  uint32 *entry_count)
{
	ChainInstant *instant = &chain->instants[chain->instant_count++];
	TcsStepSet	steps = {{0, 0}};

	*instant = (ChainInstant)
	{
		.at = events[0].at,.entry = *entry_count
	};
	for (uint32 i = 0; i < count; i++)
	{
		const TcsStepKind *kind = &chain->kinds[events[i].kind];

		for (int w = 0; w < 2; w++)
		{
			steps.word[w] |= kind->steps.word[w];
			instant->breaks.word[w] |= kind->breaks.word[w];
		}
	}
	for (int k = 0; k < chain->steps; k++)
		if (tcs_step_set_has(&steps, k))
		{
			chain->entries[*entry_count] = (ChainEntry)
			{
				.step = k,.run_end = k
			};
			chain->place[k + 1]++;
			(*entry_count)++;
		}
	if (count > 1)
		chain_find_runs(chain, match, events, count, &chain->entries[instant->entry],
						*entry_count - instant->entry);
}

static void *
chain_alloc(Size bytes)
{
	return MemoryContextAllocHuge(CurrentMemoryContext, Max(bytes, 1));
}

/* how many steps, from the first on, there are events for */
static int
chain_count_steps(const TcsStepRules *rules, const TcsStepEvent *events, uint32 count,
				  const TcsStepKind *kinds, uint64 *entries)
{
	TcsStepSet	all = {{0, 0}};
	int			steps = 0;

	*entries = 0;
	for (uint32 i = 0; i < count; i++)
		for (int w = 0; w < 2; w++)
		{
			all.word[w] |= kinds[events[i].kind].steps.word[w];
			*entries += pg_popcount64(kinds[events[i].kind].steps.word[w]);
		}
	while (steps < rules->steps && tcs_step_set_has(&all, steps))
		steps++;
	return steps;
}

static void
chain_begin(Chain *chain, const TcsStepEvent *events, uint32 count, uint64 most_entries)
{
	Match		match;
	uint32		entry_count = 0;
	uint32		end;

	chain->instants = chain_alloc(((Size) count + 1) * sizeof(ChainInstant));
	chain->entries = chain_alloc(most_entries * sizeof(ChainEntry));
	match.slots = chain_alloc((Size) count * sizeof(MatchSlot));
	chain->instant_count = 0;
	memset(chain->place, 0, sizeof(chain->place));
	for (uint32 i = 0; i < count; i = end)
	{
		for (end = i + 1; end < count && events[end].at == events[i].at; end++)
			;
		if (chain->instant_count % INTERRUPT_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		chain_add_instant(chain, &match, &events[i], end - i, &entry_count);
	}
	chain->instants[chain->instant_count] = (ChainInstant)
	{
		.entry = entry_count
	};
	for (int k = 0; k < chain->steps; k++)
		chain->place[k + 1] += chain->place[k];
	chain->ways = chain_alloc((Size) entry_count * sizeof(ChainWay));
	pfree(match.slots);
}

/* queues without ways; that of a gap has room for those of a step */
static void
chain_clear_queues(Chain *chain, int steps_on)
{
	for (int k = 0; k < chain->steps; k++)
		chain->queues[k] = (ChainQueue)
	{
		.ways = chain->ways + chain->place[Min(k + steps_on, chain->steps)],.broken = NEVER
	};
}

/* the best way across a gap to that time; NEVER without one */
static int64
chain_cross(ChainQueue *queue, const TcsStepGap *gap, int64 at)
{
	/* what lies at the same instant is a matter of runs */
	uint64		least = Max(gap->least, 1);

	while (queue->next < queue->count &&
		   (uint64) at - (uint64) queue->ways[queue->next].at >= least)
	{
		ChainWay	way = queue->ways[queue->next++];

		while (queue->tail > queue->head && queue->ways[queue->tail - 1].value <= way.value)
			queue->tail--;
		queue->ways[queue->tail++] = way;
	}
	while (queue->head < queue->tail &&
		   (queue->ways[queue->head].at < queue->broken ||
			(uint64) at - (uint64) queue->ways[queue->head].at > gap->most))
		queue->head++;
	return queue->head < queue->tail ? queue->ways[queue->head].value : NEVER;
}

/* nothing goes across the gaps that are broken at that time but from then on */
static void
chain_break(Chain *chain, const TcsStepSet *breaks, int64 at)
{
	for (int k = 0; k < chain->steps - 1; k++)
		if (tcs_step_set_has(breaks, k))
			chain->queues[k].broken = at;
}

static void
chain_note_way(ChainQueue *queue, int64 at, int64 value)
{
	queue->ways[queue->count++] = (ChainWay)
	{
		at, value
	};
}

/* how deep the deepest chain is */
static int
chain_find_depth(Chain *chain)
{
	const TcsStepRules *rules = chain->rules;
	int			depth = 0;

	chain_clear_queues(chain, 0);
	for (uint32 i = 0; i < chain->instant_count && depth < chain->steps; i++)
	{
		const ChainInstant *instant = &chain->instants[i];
		ChainEntry *end = &chain->entries[instant[1].entry];

		if (i % INTERRUPT_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		for (ChainEntry *e = &chain->entries[instant->entry]; e < end; e++)
			e->best = NEVER;
		for (ChainEntry *e = &chain->entries[instant->entry]; e < end; e++)
		{
			int64		start = e->step > 0 ?
			chain_cross(&chain->queues[e->step - 1], &rules->gaps[e->step - 1], instant->at) :
			tcs_step_is_ripe(rules, instant->at) ? instant->at : NEVER;

			for (ChainEntry *to = e; to < end && to->step <= e->run_end; to++)
				to->best = Max(to->best, start);
		}
		for (ChainEntry *e = &chain->entries[instant->entry]; e < end; e++)
			if (e->best != NEVER && (uint64) instant->at - (uint64) e->best <= rules->within)
			{
				depth = Max(depth, e->step + 1);
				chain_note_way(&chain->queues[e->step], instant->at, e->best);
			}
		chain_break(chain, &instant->breaks, instant->at);
	}
	return depth;
}

/* how early that depth can be reached from each step at each instant */
static void
chain_find_ends(Chain *chain, int depth)
{
	const TcsStepRules *rules = chain->rules;

	chain_clear_queues(chain, 1);
	for (uint32 i = chain->instant_count; i-- > 0;)
	{
		const ChainInstant *instant = &chain->instants[i];
		ChainEntry *end = &chain->entries[instant[1].entry];
		int64		at = -instant->at;

		if (i % INTERRUPT_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		while (end > &chain->entries[instant->entry] && end[-1].step >= depth)
			(--end)->leaves = NEVER;
		for (ChainEntry *e = &chain->entries[instant->entry]; e < end; e++)
			e->leaves = e->step == depth - 1 ? at :
				chain_cross(&chain->queues[e->step], &rules->gaps[e->step], at);
		for (ChainEntry *e = &chain->entries[instant->entry]; e < end; e++)
		{
			e->best = NEVER;
			for (ChainEntry *to = e; to < end && to->step <= e->run_end; to++)
				e->best = Max(e->best, to->leaves);
			if (e->step > 0 && e->best != NEVER)
				chain_note_way(&chain->queues[e->step - 1], at, e->best);
		}
		chain_break(chain, &instant->breaks, at);
	}
}

static ChainEntry *
chain_find_entry(const Chain *chain, const ChainInstant *instant, int step)
{
	for (uint32 e = instant->entry; e < instant[1].entry; e++)
		if (chain->entries[e].step == step)
			return &chain->entries[e];
	return NULL;
}

/* does the window that began at start hold that end, which is counted backwards? */
static bool
chain_ends_within(const Chain *chain, int64 end, int64 start)
{
	return end != NEVER && (uint64) -end - (uint64) start <= chain->rules->within;
}

/* the first step after an entry, at its instant or a later one, that leads to the end in time */
static const ChainInstant *
chain_go_on(const Chain *chain, const ChainInstant *instant, ChainEntry **run, int step, int64 start)
{
	const TcsStepGap *gap = &chain->rules->gaps[step - 1];
	const ChainInstant *from = instant;

	for (ChainEntry *e = *run; e->step < (*run)->run_end;)
	{
		e++;
		if (e->step >= step && chain_ends_within(chain, e->leaves, start))
			return instant;
	}
	for (uint32 i = 1;; i++)
	{
		ChainEntry *e;

		if (i % INTERRUPT_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		instant++;
		Assert(instant < chain->instants + chain->instant_count);
		e = chain_find_entry(chain, instant, step);
		if (e != NULL && (uint64) instant->at - (uint64) from->at >= gap->least &&
			chain_ends_within(chain, e->best, start))
		{
			*run = e;
			return instant;
		}
	}
}

int
tcs_step_chain(const TcsStepRules *rules, TcsStepEvent *events, uint32 count,
			   const TcsStepKind *kinds, int64 *times)
{
	Chain		chain = {.rules = rules,.kinds = kinds};
	uint64		entries;
	int			depth;

	chain.steps = chain_count_steps(rules, events, count, kinds, &entries);
	if (chain.steps == 0)
		return 0;
	if (entries > PG_UINT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many events in one group"),
				 errhint("Group the events by customer.")));
	sort_step_events(events, count);
	chain_begin(&chain, events, count, entries);
	depth = chain_find_depth(&chain);
	if (depth > 0)
	{
		const ChainInstant *instant = chain.instants;
		ChainEntry *run;

		chain_find_ends(&chain, depth);
		while ((run = chain_find_entry(&chain, instant, 0)) == NULL ||
			   !tcs_step_is_ripe(rules, instant->at) ||
			   !chain_ends_within(&chain, run->best, instant->at))
			instant++;
		times[0] = instant->at;
		for (int k = 1; k < depth; k++)
		{
			instant = chain_go_on(&chain, instant, &run, k, times[0]);
			times[k] = instant->at;
		}
	}
	pfree(chain.ways);
	pfree(chain.entries);
	pfree(chain.instants);
	return depth;
}
