/*
 * levels.c
 *		The different values of a column of text.
 *
 * They are compared byte by byte, whatever the collation.
 */
#include "features/collected.h"

#include "common/hashfn.h"

static void *
levels_resize(MemoryContext context, void *array, Size bytes)
{
	return array ? repalloc(array, bytes) : MemoryContextAlloc(context, bytes);
}

static void
levels_grow(TcsFeatureLevels *levels, TcsBudget *budget)
{
	int			size = Max(8, levels->size * 2);
	Size		more = (size - levels->size) * (sizeof(char *) + 4 * sizeof(uint32));

	tcs_budget_charge(budget, more);
	levels->charged += more;
	levels->text = levels_resize(budget->context, levels->text, size * sizeof(char *));
	levels->length = levels_resize(budget->context, levels->length, size * sizeof(uint32));
	levels->hash = levels_resize(budget->context, levels->hash, size * sizeof(uint32));
	levels->place = levels_resize(budget->context, levels->place, 2 * size * sizeof(int32));
	levels->size = size;
	levels->mask = 2 * size - 1;
	memset(levels->place, 0, 2 * size * sizeof(int32));
	for (int i = 0; i < levels->count; i++)
	{
		uint32		place = levels->hash[i] & levels->mask;

		while (levels->place[place] != 0)
			place = (place + 1) & levels->mask;
		levels->place[place] = i + 1;
	}
}

void
tcs_levels_fill_up(TcsFeatureLevels *levels, TcsBudget *budget)
{
	for (int i = 0; i < levels->count; i++)
		pfree(levels->text[i]);
	if (levels->size > 0)
	{
		pfree(levels->text);
		pfree(levels->length);
		pfree(levels->hash);
		pfree(levels->place);
	}
	budget->used -= levels->charged;
	memset(levels, 0, sizeof(TcsFeatureLevels));
	levels->is_full = true;
}

int
tcs_levels_number(TcsFeatureLevels *levels, TcsBudget *budget, const char *text, Size length)
{
	uint32		hash;
	uint32		place;

	if (levels->is_full || length > TCS_LEVEL_BYTES)
		return 0;
	hash = hash_bytes((const unsigned char *) text, (int) length);
	if (levels->size > 0)
		for (place = hash & levels->mask; levels->place[place] != 0; place = (place + 1) & levels->mask)
		{
			int			known = levels->place[place] - 1;

			if (levels->hash[known] == hash && levels->length[known] == length &&
				memcmp(levels->text[known], text, length) == 0)
				return known + 1;
		}
	if (levels->count == TCS_FEATURE_VALUES)
	{
		tcs_levels_fill_up(levels, budget);
		return 0;
	}
	if (levels->count == levels->size)
		levels_grow(levels, budget);
	tcs_budget_charge(budget, length + 1);
	levels->charged += length + 1;
	levels->text[levels->count] = MemoryContextAlloc(budget->context, length + 1);
	memcpy(levels->text[levels->count], text, length);
	levels->text[levels->count][length] = '\0';
	levels->length[levels->count] = length;
	levels->hash[levels->count] = hash;
	place = hash & levels->mask;
	while (levels->place[place] != 0)
		place = (place + 1) & levels->mask;
	levels->place[place] = ++levels->count;
	return levels->count;
}
