/*
 * persona_table.c
 *		An attribute against the segments: who has which value, and how much that
 *		tells.
 *
 * With a k, columns are put together until no number that is shown counts 1 to
 * k - 1 customers, nor any that could be had from those shown by subtraction: a
 * value is shown in all segments or in none, and what is not shown is at least k
 * customers in each, or nobody.
 */
#include "persona/persona_table.h"

#include "miscadmin.h"
#include "utils/memutils.h"

/*
 * Values with fewer customers than that, seen and expected, tell as one: what
 * chance gives to thousands of rare ones is more than can be reckoned with.
 */
#define FEW_CUSTOMERS 5.0

static int
compare_texts(const void *a, const void *b, void *texts)
{
	return strcmp(((char **) texts)[*(const int *) a], ((char **) texts)[*(const int *) b]);
}

static void
persona_make_columns(TcsPersona *persona, TcsPersonaTable *table, int parts, int values)
{
	Size		bytes = (Size) (values + 1) * parts * sizeof(int64);

	tcs_budget_charge(&persona->budget, bytes);
	table->columns = values + 1;
	table->counts = MemoryContextAllocExtended(CurrentMemoryContext, bytes,
											   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	table->totals = palloc0(table->columns * sizeof(int64));
	table->folded = palloc0(table->columns * sizeof(bool));
	table->telling = palloc0(parts * sizeof(double));
}

/* The values in the order of their texts; those that are written alike are one. */
static void
persona_count_values(TcsPersona *persona, const TcsPersonaParts *parts, TcsPersonaTable *table)
{
	const TcsAttribute *attribute = table->attribute;
	const TcsDictionary *dictionary = &attribute->dictionary;
	char	  **texts = tcs_dictionary_texts(dictionary);
	int		   *order = palloc((dictionary->count + 1) * sizeof(int));
	int		   *column_of = palloc((dictionary->count + 1) * sizeof(int));
	int			columns = 0;

	for (int i = 0; i < dictionary->count; i++)
		order[i] = i;
	qsort_interruptible(order, dictionary->count, sizeof(int), compare_texts, texts);
	table->names = palloc((dictionary->count + 1) * sizeof(char *));
	for (int i = 0; i < dictionary->count; i++)
	{
		if (columns == 0 || strcmp(table->names[columns - 1], texts[order[i]]) != 0)
			table->names[columns++] = texts[order[i]];
		column_of[order[i]] = columns - 1;
	}
	persona_make_columns(persona, table, parts->count, columns);
	for (int segment = 0; segment <= persona->segments.count; segment++)
	{
		const TcsPersonaCell *cell = &attribute->cells[segment];

		if (parts->part_of[segment] < 0)
			continue;
		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < Min(cell->size, dictionary->count); i++)
			*tcs_persona_count(table, parts->part_of[segment], column_of[i]) += cell->counts[i];
	}
}

/* Too many values: whoever has one is among the others. */
static void
persona_count_present(TcsPersona *persona, const TcsPersonaParts *parts, TcsPersonaTable *table)
{
	table->names = palloc0(sizeof(char *));
	persona_make_columns(persona, table, parts->count, 1);
	for (int segment = 0; segment <= persona->segments.count; segment++)
		if (parts->part_of[segment] >= 0)
			*tcs_persona_count(table, parts->part_of[segment], 0) +=
				persona->customers[segment] - table->attribute->cells[segment].missing;
	table->folded[0] = true;
}

static void
persona_count_numbers(TcsPersona *persona, const TcsPersonaParts *parts, TcsPersonaTable *table)
{
	TcsAttribute *attribute = table->attribute;

	persona_make_columns(persona, table, parts->count, TCS_PERSONA_BINS);
	table->numbers = palloc0(parts->count * sizeof(TcsNumbers));
	tcs_numbers_of_all(persona, attribute, &table->of_all);
	for (int segment = 0; segment <= persona->segments.count; segment++)
	{
		int			part = parts->part_of[segment];
		TcsNumbers	numbers;

		if (part < 0)
			continue;
		tcs_numbers_of_cell(&attribute->cells[segment], &table->of_all, &numbers);
		for (int i = 0; i < TCS_PERSONA_BINS; i++)
			*tcs_persona_count(table, part, i) += numbers.bins[i];
		/* of several segments together nothing but the counts is told */
		numbers.count += table->numbers[part].count;
		numbers.beyond += table->numbers[part].beyond;
		table->numbers[part] = numbers;
	}
}

static bool
persona_is_small(int64 count, int k)
{
	return count > 0 && count < k;
}

/* What of numbers cannot be shown for the sake of a part that has too few. */
static void
persona_hide_numbers(const TcsPersona *persona, const TcsPersonaParts *parts, TcsPersonaTable *table, int k)
{
	for (int part = 0; part < parts->count; part++)
	{
		const TcsNumbers *numbers = &table->numbers[part];
		int64		missing = parts->customers[part] - numbers->count;

		if (persona_is_small(numbers->count, k))
			table->hides_mean = true;
		if (persona_is_small(numbers->count, k) || persona_is_small(missing, k))
			table->hides_missing = true;
		if (persona_is_small(numbers->beyond, k) || persona_is_small(numbers->count - numbers->beyond, k) ||
			persona_is_small(missing, k))
			table->hides_beyond = true;
	}
}

static void
persona_fold(const TcsPersonaParts *parts, TcsPersonaTable *table, int k)
{
	int64	   *together = palloc0(parts->count * sizeof(int64));

	for (int column = 0; column < table->columns; column++)
	{
		for (int part = 0; part < parts->count; part++)
			if (persona_is_small(*tcs_persona_count(table, part, column), k))
				table->folded[column] = true;
		if (table->folded[column])
			for (int part = 0; part < parts->count; part++)
				together[part] += *tcs_persona_count(table, part, column);
	}
	for (;;)
	{
		int			least = -1;
		bool		fine = true;

		CHECK_FOR_INTERRUPTS();
		for (int part = 0; part < parts->count; part++)
			fine = fine && !persona_is_small(together[part], k);
		if (fine)
			break;
		for (int column = 0; column < table->columns; column++)
			if (!table->folded[column] && table->totals[column] > 0 &&
				(least < 0 || table->totals[column] < table->totals[least]))
				least = column;
		if (least < 0)
			break;
		table->folded[least] = true;
		for (int part = 0; part < parts->count; part++)
			together[part] += *tcs_persona_count(table, part, least);
	}
	pfree(together);
}

/* Adds a column to a divergence, in customers times nats. */
static void
persona_diverge(double count, double total, double customers, double all, double *sum, int *columns)
{
	if (total <= 0.0)
		return;
	(*columns)++;
	if (count > 0.0)
		*sum += count * log((count / customers) / (total / all));
}

/*
 * The divergence of Kullback and Leibler from all customers, less what chance
 * alone gives on average to a sample of that size drawn from them.
 */
static double
persona_tell(const TcsPersona *persona, const TcsPersonaParts *parts, const TcsPersonaTable *table, int part)
{
	double		customers = parts->customers[part];
	double		all = persona->all_customers;
	double		few = 0.0;
	double		few_of_all = 0.0;
	double		sum = 0.0;
	double		bits;
	int			columns = 0;

	for (int column = 0; column < table->columns; column++)
	{
		double		count = *tcs_persona_count(table, part, column);
		double		total = table->totals[column];

		if (table->folded[column] ||
			(table->numbers == NULL && count < FEW_CUSTOMERS && total * customers / all < FEW_CUSTOMERS))
		{
			few += count;
			few_of_all += total;
		}
		else
			persona_diverge(count, total, customers, all, &sum, &columns);
	}
	persona_diverge(few, few_of_all, customers, all, &sum, &columns);
	bits = (sum - (columns - 1) / 2.0 * (1.0 - customers / all)) / customers / M_LN2;
	return Max(bits, 0.0);
}

void
tcs_persona_tabulate(TcsPersona *persona, const TcsPersonaParts *parts,
					 TcsAttribute *attribute, int k, TcsPersonaTable *table)
{
	int			missing;

	memset(table, 0, sizeof(TcsPersonaTable));
	table->attribute = attribute;
	if (attribute->kind != TCS_ATTRIBUTE_VALUE)
		persona_count_numbers(persona, parts, table);
	else if (attribute->dictionary.is_full)
		persona_count_present(persona, parts, table);
	else
		persona_count_values(persona, parts, table);

	missing = table->columns - 1;
	for (int segment = 0; segment <= persona->segments.count; segment++)
		if (parts->part_of[segment] >= 0)
			*tcs_persona_count(table, parts->part_of[segment], missing) +=
				attribute->cells[segment].missing;
	for (int part = 0; part < parts->count; part++)
		for (int column = 0; column < table->columns; column++)
			table->totals[column] += *tcs_persona_count(table, part, column);

	persona_fold(parts, table, k);
	table->hides_missing = table->folded[missing];
	if (table->numbers)
	{
		table->hides_missing = false;
		persona_hide_numbers(persona, parts, table, k);
	}
	for (int part = 0; part < parts->count; part++)
		table->telling[part] = persona_tell(persona, parts, table, part);
}
