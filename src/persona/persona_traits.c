/*
 * persona_traits.c
 *		The answer, row by row: per segment its attributes, the most telling first.
 */
#include "persona/persona_table.h"

#include "miscadmin.h"
#include "utils/float.h"

#include "math/lift.h"

static int
compare_segment_names(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a == NULL) - (b == NULL);
	return strcmp(a, b);
}

typedef struct Segment
{
	char	   *name;
	int			number;
	int64		customers;
	bool		is_small;
} Segment;

static int
compare_segments(const void *a, const void *b)
{
	return compare_segment_names(((const Segment *) a)->name, ((const Segment *) b)->name);
}

/*
 * Which segments are too small to be shown: those of fewer than k customers
 * and, while all of these together are still fewer, the next smallest.
 */
static void
find_small_segments(Segment *segments, int count, int k)
{
	int64		together = 0;

	for (int i = 0; i < count; i++)
		if (segments[i].customers < k)
		{
			segments[i].is_small = true;
			together += segments[i].customers;
		}
	while (together > 0 && together < k)
	{
		int			least = -1;

		for (int i = 0; i < count; i++)
			if (!segments[i].is_small &&
				(least < 0 || segments[i].customers < segments[least].customers))
				least = i;
		if (least < 0)
			break;
		segments[least].is_small = true;
		together += segments[least].customers;
	}
}

static void
trait_divide(TcsPersona *persona, int k, TcsPersonaParts *parts)
{
	int			numbers = persona->segments.count + 1;
	char	  **texts = tcs_dictionary_texts(&persona->segments);
	Segment    *segments = palloc0(numbers * sizeof(Segment));
	int			count = 0;

	memset(parts, 0, sizeof(TcsPersonaParts));
	parts->part_of = palloc(numbers * sizeof(int));
	for (int i = 0; i < numbers; i++)
	{
		parts->part_of[i] = -1;
		/* the one of customers in none may have nobody */
		if (persona->customers[i] == 0)
			continue;
		segments[count].name = i > 0 ? texts[i - 1] : NULL;
		segments[count].number = i;
		segments[count++].customers = persona->customers[i];
	}
	qsort(segments, count, sizeof(Segment), compare_segments);
	find_small_segments(segments, count, k);

	parts->names = palloc0((count + 1) * sizeof(char *));
	parts->customers = palloc0((count + 1) * sizeof(int64));
	for (int i = 0; i < count; i++)
		if (!segments[i].is_small)
		{
			parts->names[parts->shown] = segments[i].name;
			parts->customers[parts->shown] = segments[i].customers;
			parts->part_of[segments[i].number] = parts->shown++;
		}
	parts->count = parts->shown;
	for (int i = 0; i < count; i++)
		if (segments[i].is_small)
		{
			parts->count = parts->shown + 1;
			parts->customers[parts->shown] += segments[i].customers;
			parts->part_of[segments[i].number] = parts->shown;
		}
}

/* What goes on while the rows of a part and an attribute are written. */
typedef struct Writer
{
	TcsPersona *persona;
	const TcsPersonaTable *table;
	int			part;
	double		confidence;		/* that an interval needs, so that all of them
								 * hold */
	TcsPersonaTrait trait;		/* as the next row begins */
	TcsTraitReceiver receiver;
	void	   *arg;
} Writer;

static void
trait_set_count(const Writer *writer, TcsPersonaTrait *trait, int64 count, int64 total)
{
	double		customers = trait->customers;
	double		all = writer->persona->all_customers;

	trait->count = count;
	trait->share = count / customers;
	trait->share_all = total / all;
	if (all > customers)
		trait->share_others = (total - count) / (all - customers);
	if (total == 0)
		return;
	trait->lift = trait->share / trait->share_all;
	tcs_lift_interval(count, customers, total, all, &trait->lift_low, &trait->lift_high);
}

static void
trait_write_count(Writer *writer, const char *kind, const char *value, int64 count, int64 total)
{
	TcsPersonaTrait trait = writer->trait;

	trait.kind = kind;
	trait.value = value;
	trait_set_count(writer, &trait, count, total);
	writer->receiver(&trait, writer->arg);
}

static void
trait_write_missing(Writer *writer)
{
	const TcsPersonaTable *table = writer->table;
	int			missing = table->columns - 1;

	if (!table->hides_missing && table->totals[missing] > 0)
		trait_write_count(writer, "missing", NULL, *tcs_persona_count(table, writer->part, missing),
						  table->totals[missing]);
}

static void
trait_write_apart(Writer *writer, int k)
{
	TcsPersonaTrait trait = writer->trait;
	TcsPersonaApart apart;

	if (!tcs_persona_apart(writer->persona, writer->table, writer->part, trait.customers, k,
						   writer->confidence, &apart))
		return;
	trait.kind = "apart";
	trait.value = apart.value;
	trait.cut = apart.cut;
	trait_set_count(writer, &trait, apart.count, apart.total);
	trait.difference = apart.difference;
	trait.difference_low = apart.interval.low;
	trait.difference_high = apart.interval.high;
	trait.description = tcs_persona_apart_words(writer->table, trait.customers, &apart);
	writer->receiver(&trait, writer->arg);
}

static void
trait_write_numbers(Writer *writer, int k)
{
	const TcsPersonaTable *table = writer->table;
	const TcsNumbers *numbers = &table->numbers[writer->part];
	const TcsNumbers *all = &table->of_all.all;
	TcsPersonaTrait trait = writer->trait;

	trait.kind = table->attribute->kind == TCS_ATTRIBUTE_TIME ? "time" : "number";
	trait.known = numbers->count;
	if (all->count > 0 && !isnan(all->quartiles[1]))
	{
		trait.value = psprintf("%s %s", table->of_all.from_median ? ">=" : ">",
							   tcs_persona_number(table->attribute, all->quartiles[1]));
		if (!table->hides_beyond)
			trait_set_count(writer, &trait, numbers->beyond, all->beyond);
	}
	if (numbers->count >= k)
	{
		trait.mean = numbers->mean;
		memcpy(trait.quartiles, numbers->quartiles, sizeof(trait.quartiles));
	}
	if (!table->hides_mean)
		trait.mean_all = all->mean;
	memcpy(trait.quartiles_all, all->quartiles, sizeof(trait.quartiles_all));
	writer->receiver(&trait, writer->arg);
}

/* Columns by their customers in a part; equal ones stay in the order of their names. */
static int
compare_value_counts(const void *a, const void *b, void *counts)
{
	int			left = *(const int *) a;
	int			right = *(const int *) b;
	int64		of_left = ((const int64 *) counts)[left];
	int64		of_right = ((const int64 *) counts)[right];

	if (of_left != of_right)
		return of_left > of_right ? -1 : 1;
	return left < right ? -1 : left > right;
}

static void
trait_write_values(Writer *writer, int top)
{
	const TcsPersonaTable *table = writer->table;
	int64	   *counts = tcs_persona_count(table, writer->part, 0);
	int			values = table->columns - 1;
	int		   *order = palloc((values + 1) * sizeof(int));
	int			shown = 0;
	int64		others = writer->trait.customers;
	int64		others_of_all = writer->persona->all_customers;

	for (int i = 0; i < values; i++)
		if (!table->folded[i] && counts[i] > 0)
			order[shown++] = i;
	qsort_interruptible(order, shown, sizeof(int), compare_value_counts, counts);
	for (int i = 0; i < Min(shown, top); i++)
	{
		int			column = order[i];

		trait_write_count(writer, "value", table->names[column], counts[column], table->totals[column]);
		others -= counts[column];
		others_of_all -= table->totals[column];
	}
	if (!table->hides_missing)
	{
		others -= counts[values];
		others_of_all -= table->totals[values];
	}
	if (others > 0)
		trait_write_count(writer, "other", NULL, others, others_of_all);
	pfree(order);
}

static int
compare_telling(const void *a, const void *b, void *arg)
{
	const Writer *writer = arg;
	int			left = *(const int *) a;
	int			right = *(const int *) b;
	double		of_left = writer->table[left].telling[writer->part];
	double		of_right = writer->table[right].telling[writer->part];

	if (of_left != of_right)
		return of_left > of_right ? -1 : 1;
	return left < right ? -1 : left > right;
}

static void
trait_write_part(TcsPersona *persona, const TcsPersonaParts *parts, const TcsPersonaTable *tables,
				 Writer *writer, int k, int top)
{
	int		   *order = palloc((persona->attribute_count + 1) * sizeof(int));

	for (int i = 0; i < persona->attribute_count; i++)
		order[i] = i;
	writer->table = tables;
	qsort_arg(order, persona->attribute_count, sizeof(int), compare_telling, writer);
	for (int i = 0; i < persona->attribute_count; i++)
	{
		TcsPersonaTrait *trait = &writer->trait;
		double	   *figures[] = {&trait->share, &trait->share_all, &trait->lift, &trait->lift_low,
			&trait->lift_high, &trait->share_others, &trait->difference, &trait->difference_low,
			&trait->difference_high, &trait->cut, &trait->mean, &trait->quartiles[0], &trait->quartiles[1],
			&trait->quartiles[2], &trait->mean_all, &trait->quartiles_all[0],
		&trait->quartiles_all[1], &trait->quartiles_all[2]};

		CHECK_FOR_INTERRUPTS();
		writer->table = &tables[order[i]];
		memset(trait, 0, sizeof(TcsPersonaTrait));
		for (int j = 0; j < lengthof(figures); j++)
			*figures[j] = get_float8_nan();
		trait->count = -1;
		trait->known = -1;
		trait->segment = parts->names[writer->part];
		trait->customers = parts->customers[writer->part];
		trait->of = writer->table->attribute;
		trait->attribute = trait->of->name;
		trait->telling = writer->table->telling[writer->part];
		if (trait->of->kind == TCS_ATTRIBUTE_VALUE)
			trait_write_values(writer, top);
		else
			trait_write_numbers(writer, k);
		trait_write_missing(writer);
		trait_write_apart(writer, k);
	}
	pfree(order);
}

void
tcs_persona_traits(TcsPersona *persona, int k, int top, TcsTraitReceiver receiver, void *arg)
{
	Writer		writer = {persona};
	TcsPersonaParts parts;
	TcsPersonaTable *tables;
	double		marks = 0.0;

	if (persona->all_customers == 0)
		return;
	trait_divide(persona, k, &parts);
	tables = palloc((persona->attribute_count + 1) * sizeof(TcsPersonaTable));
	for (int i = 0; i < persona->attribute_count; i++)
	{
		tcs_persona_tabulate(persona, &parts, &persona->attributes[i], k, &tables[i]);
		marks += (double) parts.shown * tcs_persona_marks(persona, &tables[i], k);
	}
	writer.confidence = 1.0 - 0.05 / Max(marks, 1.0);
	writer.receiver = receiver;
	writer.arg = arg;
	for (writer.part = 0; writer.part < parts.shown; writer.part++)
		trait_write_part(persona, &parts, tables, &writer, k, top);
}
