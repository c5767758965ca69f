/*
 * rule_count.c
 *		How many rows match which rules, in one pass over them.
 *
 * Every rule is evaluated for every row.  Rows that match the same rules are
 * counted together, so that pairs are looked at once for all of them.  Rules
 * that raise an error are found and left out.
 */
#include "rule_check.h"

#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#define BATCH 1000				/* rows fetched at a time */
#define MAX_GROUPS 20000		/* sets of matching rules, before adding up */

typedef struct Count
{
	TcsRuleCheck *check;
	ExprState **states;
	ExprContext *econtext;
	TupleTableSlot *slot;
	SPITupleTable *table;
	uint64		rows;			/* in the table */
	int			current;		/* the rule being evaluated */
	Size		mask_size;
	uint8	   *masks;			/* a row of the table: who matches */
	HTAB	   *groups;			/* a mask, and behind it the number of rows */
} Count;

static bool
mask_has(const uint8 *mask, int i)
{
	return (mask[i / 8] >> (i % 8)) & 1;
}

static void
make_groups(Count *count)
{
	HASHCTL		control = {0};

	control.keysize = count->mask_size;
	control.entrysize = count->mask_size + sizeof(int64);
	control.hcxt = CurrentMemoryContext;
	count->groups = hash_create("tcs rules that match", 256, &control,
								HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* the rules that match each row of the table */
static void
evaluate(void *arg)
{
	Count	   *count = arg;
	TcsRuleCheck *check = count->check;
	MemoryContext old = CurrentMemoryContext;

	memset(count->masks, 0, count->mask_size * BATCH);
	for (uint64 row = 0; row < count->rows; row++)
	{
		uint8	   *mask = count->masks + row * count->mask_size;

		CHECK_FOR_INTERRUPTS();
		ExecStoreHeapTuple(count->table->vals[row], count->slot, false);
		ResetExprContext(count->econtext);
		MemoryContextSwitchTo(count->econtext->ecxt_per_tuple_memory);
		for (int i = 0; i < check->count; i++)
		{
			bool		isnull;
			Datum		matches;

			if (count->states[i] == NULL)
				continue;
			count->current = i;
			matches = ExecEvalExpr(count->states[i], count->econtext, &isnull);
			if (!isnull && DatumGetBool(matches))
				mask[i / 8] |= 1 << (i % 8);
		}
		MemoryContextSwitchTo(old);
	}
}

/* rows that match the rules of a mask */
static void
add_group(TcsRuleCheck *check, const uint8 *mask, int64 rows)
{
	int		   *matching = palloc(Max(check->count, 1) * sizeof(int));
	int			count = 0;
	bool		several = false;

	for (int i = 0; i < check->count; i++)
		/* a rule that raised an error later on does not count at all */
		if (mask_has(mask, i) && check->rules[i].error == NULL)
			matching[count++] = i;
	for (int i = 0; i < count; i++)
	{
		TcsCheckedRule *rule = &check->rules[matching[i]];

		rule->matches += rows;
		several = several || strcmp(rule->rule->segment,
									check->rules[matching[0]].rule->segment) != 0;
		if (check->pairs != NULL)
			for (int j = i + 1; j < count; j++)
				check->pairs[matching[i] * check->count + matching[j]] += rows;
	}
	if (count > 0)
		check->rules[matching[0]].decides += rows;
	if (several)
		check->in_several += rows;
	pfree(matching);
}

static void
add_groups(Count *count)
{
	HASH_SEQ_STATUS status;
	uint8	   *mask;

	hash_seq_init(&status, count->groups);
	while ((mask = hash_seq_search(&status)) != NULL)
	{
		int64		rows;

		CHECK_FOR_INTERRUPTS();
		memcpy(&rows, mask + count->mask_size, sizeof(rows));
		add_group(count->check, mask, rows);
	}
	hash_destroy(count->groups);
}

static void
count_masks(Count *count)
{
	for (uint64 row = 0; row < count->rows; row++)
	{
		bool		found;
		int64		rows = 0;
		uint8	   *group = hash_search(count->groups,
										count->masks + row * count->mask_size,
										HASH_ENTER, &found);

		if (found)
			memcpy(&rows, group + count->mask_size, sizeof(rows));
		rows++;
		memcpy(group + count->mask_size, &rows, sizeof(rows));
	}
	count->check->rows += count->rows;
}

void
tcs_rules_count(TcsRuleCheck *check, Portal portal)
{
	Count		count = {check};
	MemoryContext context = CurrentMemoryContext;

	count.mask_size = MAXALIGN(check->count / 8 + 1);
	count.masks = MemoryContextAllocHuge(context, count.mask_size * BATCH);
	count.states = palloc0(Max(check->count, 1) * sizeof(ExprState *));
	count.econtext = CreateStandaloneExprContext();
	for (int i = 0; i < check->count; i++)
		if (check->rules[i].condition != NULL)
			count.states[i] = ExecInitExpr(check->rules[i].condition, NULL);
	make_groups(&count);

	for (;;)
	{
		SPI_cursor_fetch(portal, true, BATCH);
		count.table = SPI_tuptable;
		count.rows = SPI_processed;
		if (count.rows == 0)
			break;
		MemoryContextSwitchTo(context);
		if (count.slot == NULL)
		{
			count.slot = MakeSingleTupleTableSlot(CreateTupleDescCopy(count.table->tupdesc),
												  &TTSOpsHeapTuple);
			count.econtext->ecxt_scantuple = count.slot;
		}
		for (;;)
		{
			ErrorData  *error;

			if (tcs_rule_try(evaluate, &count, &error))
				break;
			check->rules[count.current].error = error;
			count.states[count.current] = NULL;
		}
		ExecClearTuple(count.slot);
		count_masks(&count);
		SPI_freetuptable(count.table);
		if (hash_get_num_entries(count.groups) > MAX_GROUPS)
		{
			add_groups(&count);
			make_groups(&count);
		}
	}
	MemoryContextSwitchTo(context);
	add_groups(&count);
	FreeExprContext(count.econtext, true);
}
