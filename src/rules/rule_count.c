/*
 * rule_count.c
 *		How many rows match which rules, in one pass over them.
 *
 * Every rule is evaluated for every row.  Rows that match the same rules are
 * counted together, so that pairs are looked at once for all of them.  Rules
 * that raise an error are found and left out.
 */
#include "rules/rule_check.h"

#include "miscadmin.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#define MAX_GROUPS 20000		/* sets of matching rules, before adding up */

typedef struct RuleCount
{
	TcsRuleCheck *check;
	TcsCheckRows rows;
	ExprState **states;
	int			current;		/* the rule being evaluated */
	Size		half;			/* bytes for a bit of each rule */
	Size		mask_size;
	uint8	   *masks;			/* a row of the table: who matches, who is
								 * NULL */
	HTAB	   *groups;			/* a mask, and behind it the number of rows */
} RuleCount;

static bool
mask_has(const uint8 *mask, int i)
{
	return (mask[i / 8] >> (i % 8)) & 1;
}

static void
rule_groups_make(RuleCount *count)
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
rule_count_evaluate(void *arg)
{
	RuleCount  *count = arg;
	TcsRuleCheck *check = count->check;
	MemoryContext old = CurrentMemoryContext;

	memset(count->masks, 0, count->mask_size * TCS_CHECK_BATCH);
	for (uint64 row = 0; row < count->rows.count; row++)
	{
		uint8	   *mask = count->masks + row * count->mask_size;

		tcs_check_row(&count->rows, row);
		MemoryContextSwitchTo(count->rows.econtext->ecxt_per_tuple_memory);
		for (int i = 0; i < check->count; i++)
		{
			bool		isnull;
			Datum		matches;

			if (count->states[i] == NULL)
				continue;
			count->current = i;
			matches = ExecEvalExpr(count->states[i], count->rows.econtext, &isnull);
			if (isnull)
				mask[count->half + i / 8] |= 1 << (i % 8);
			else if (DatumGetBool(matches))
				mask[i / 8] |= 1 << (i % 8);
		}
		MemoryContextSwitchTo(old);
	}
}

/* rows that match the rules of a mask, and for which those of another are NULL */
static void
rule_group_add(TcsRuleCheck *check, const uint8 *mask, const uint8 *unknown, int64 rows)
{
	int		   *matching = palloc(Max(check->count, 1) * sizeof(int));
	int			count = 0;
	bool		several = false;

	for (int i = 0; i < check->count; i++)
		/* a rule that raised an error later on does not count at all */
		if (mask_has(mask, i) && check->rules[i].error == NULL)
			matching[count++] = i;
	for (int i = 0; i < (count > 0 ? matching[0] : check->count); i++)
		if (mask_has(unknown, i))
			check->rules[i].unknown += rows;
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
rule_groups_add(RuleCount *count)
{
	HASH_SEQ_STATUS status;
	uint8	   *mask;

	hash_seq_init(&status, count->groups);
	while ((mask = hash_seq_search(&status)) != NULL)
	{
		int64		rows;

		CHECK_FOR_INTERRUPTS();
		memcpy(&rows, mask + count->mask_size, sizeof(rows));
		rule_group_add(count->check, mask, mask + count->half, rows);
	}
	hash_destroy(count->groups);
}

/* the rule that raised an error is left out */
static void
rule_count_leave_out(void *arg, ErrorData *error)
{
	RuleCount  *count = arg;

	count->check->rules[count->current].error = error;
	count->states[count->current] = NULL;
}

static void
rule_count_masks(void *arg)
{
	RuleCount  *count = arg;

	for (uint64 row = 0; row < count->rows.count; row++)
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
	count->check->rows += count->rows.count;
	if (hash_get_num_entries(count->groups) > MAX_GROUPS)
	{
		rule_groups_add(count);
		rule_groups_make(count);
	}
}

void
tcs_rules_count(TcsRuleCheck *check, Portal portal)
{
	RuleCount	count = {check};

	count.half = check->count / 8 + 1;
	count.mask_size = MAXALIGN(2 * count.half);
	count.masks = MemoryContextAllocHuge(CurrentMemoryContext,
										 count.mask_size * TCS_CHECK_BATCH);
	count.states = palloc0(Max(check->count, 1) * sizeof(ExprState *));
	count.rows.econtext = CreateStandaloneExprContext();
	for (int i = 0; i < check->count; i++)
		if (check->rules[i].condition != NULL)
			count.states[i] = ExecInitExpr(check->rules[i].condition, NULL);
	rule_groups_make(&count);
	tcs_check_rows(&count.rows, portal, rule_count_evaluate, rule_count_leave_out, rule_count_masks, &count);
	rule_groups_add(&count);
	FreeExprContext(count.rows.econtext, true);
}
