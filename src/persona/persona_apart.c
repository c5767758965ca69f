/*
 * persona_apart.c
 *		What tells a part from everybody else: the mark of an attribute whose share
 *		differs most.
 *
 * A mark is a value, that there is none, or a part of the scale of numbers, above
 * one of a few cuts or up to it.  Which marks there are follows from all
 * customers together, never from who is in which part, so that the best of so many
 * can be doubted by their number alone (Bonferroni).
 */
#include "persona/persona_table.h"

#include "numerics/normal.h"

/* What fewer customers have, or lack, could not be told from chance. */
#define FEWEST_CUSTOMERS 5

/* May this column of values, or the last one, of those without, be shown? */
static bool
apart_may_show(const TcsPersonaTable *table, int column)
{
	if (column == table->columns - 1)
		return !table->hides_missing;
	return table->numbers == NULL && !table->folded[column];
}

static bool
apart_is_common(const TcsPersona *persona, int64 total)
{
	return total >= FEWEST_CUSTOMERS && persona->all_customers - total >= FEWEST_CUSTOMERS;
}

/*
 * With a k, numbers are cut where their own row cuts them, since what lies
 * between two cuts could be had by subtraction.
 */
static int
apart_cuts(const TcsPersonaTable *table, int k)
{
	if (table->numbers == NULL)
		return 0;
	if (k > 1)
		return table->hides_beyond || table->of_all.all.count == 0 ? 0 : 1;
	return table->of_all.cut_count;
}

static int64
apart_above(const TcsNumbers *numbers, int cut, int k)
{
	return k > 1 ? numbers->beyond : numbers->above[cut];
}

int
tcs_persona_marks(const TcsPersona *persona, const TcsPersonaTable *table, int k)
{
	int			marks = 0;

	for (int column = 0; column < table->columns; column++)
		marks += apart_may_show(table, column) && apart_is_common(persona, table->totals[column]);
	for (int cut = 0; cut < apart_cuts(table, k); cut++)
		marks += apart_is_common(persona, apart_above(&table->of_all.all, cut, k));
	return marks;
}

/* The best mark so far, and of which column or cut it is. */
typedef struct ApartBest
{
	const TcsPersona *persona;
	int64		customers;
	TcsPersonaApart *apart;
	int			column;			/* -1: a part of the scale */
	int			cut;
	bool		is_above;
} ApartBest;

/* Of equal ones the first stays, and what is more frequent before what is less. */
static bool
apart_consider(ApartBest *best, int64 count, int64 total)
{
	double		share = (double) count / best->customers;
	double		others = (double) (total - count) / (best->persona->all_customers - best->customers);
	double		size = fabs(share - others);
	double		least = fabs(best->apart->difference);

	if (!(size > least || (size == least && share > others && best->apart->difference < 0)))
		return false;
	best->apart->count = count;
	best->apart->total = total;
	best->apart->share_others = others;
	best->apart->difference = share - others;
	return true;
}

static void
apart_find_cut(ApartBest *best, const TcsPersonaTable *table, int part, int k)
{
	const TcsNumbers *numbers = &table->numbers[part];
	const TcsNumbers *all = &table->of_all.all;

	for (int cut = 0; cut < apart_cuts(table, k); cut++)
	{
		int64		above = apart_above(numbers, cut, k);
		int64		above_all = apart_above(all, cut, k);

		if (!apart_is_common(best->persona, above_all))
			continue;
		/* what is not above is below, but for those without a number */
		for (int is_above = 1; is_above >= 0; is_above--)
		{
			int64		count = is_above ? above : numbers->count - above;
			int64		total = is_above ? above_all : all->count - above_all;

			if ((double) count * (best->persona->all_customers - best->customers) <
				(double) (total - count) * best->customers || !apart_consider(best, count, total))
				continue;
			best->column = -1;
			best->cut = cut;
			best->is_above = is_above;
		}
	}
}

static void
apart_find_value(ApartBest *best, const TcsPersonaTable *table, int part)
{
	for (int column = 0; column < table->columns; column++)
	{
		if (!apart_may_show(table, column) || !apart_is_common(best->persona, table->totals[column]))
			continue;
		if (apart_consider(best, *tcs_persona_count(table, part, column), table->totals[column]))
			best->column = column;
	}
}

static char *
apart_scale(const TcsPersonaTable *table, const ApartBest *best, int k)
{
	if (k > 1 && table->of_all.from_median)
		return psprintf("%s %s", best->is_above ? ">=" : "<",
						tcs_persona_number(table->attribute, best->apart->cut));
	return psprintf("%s %s", best->is_above ? ">" : "<=",
					k > 1 ? tcs_persona_number(table->attribute, best->apart->cut) :
					table->of_all.cut_texts[best->cut]);
}

bool
tcs_persona_apart(const TcsPersona *persona, const TcsPersonaTable *table, int part, int64 customers,
				  int k, double confidence, TcsPersonaApart *apart)
{
	ApartBest	best = {persona, customers, apart, -1};
	TcsTwoShares shares;
	TcsSharesEffect effect;

	memset(apart, 0, sizeof(TcsPersonaApart));
	if (customers >= persona->all_customers)
		return false;
	if (table->numbers)
		apart_find_cut(&best, table, part, k);
	apart_find_value(&best, table, part);
	if (apart->difference == 0.0)
		return false;
	shares.successes1 = apart->count;
	shares.n1 = customers;
	shares.successes0 = apart->total - apart->count;
	shares.n0 = persona->all_customers - customers;
	tcs_compare_shares(&shares, tcs_normal_confidence(confidence), &effect);
	apart->interval = effect.difference;
	if (!(apart->interval.low > 0.0 || apart->interval.high < 0.0))
		return false;
	apart->cut = best.column >= 0 ? NAN : k > 1 ? table->of_all.all.quartiles[1] : table->of_all.cuts[best.cut];
	apart->is_missing = best.column == table->columns - 1;
	if (best.column < 0)
		apart->value = apart_scale(table, &best, k);
	else if (!apart->is_missing)
		apart->value = table->names[best.column];
	return true;
}

/* The mark as one would say it. */
static char *
apart_mark(const TcsAttribute *attribute, const TcsPersonaApart *apart)
{
	bool		is_time = attribute->kind == TCS_ATTRIBUTE_TIME;
	const char *value = apart->value;

	if (apart->is_missing)
		return psprintf("without %s", attribute->name);
	if (isnan(apart->cut))
		return psprintf("%s %s", attribute->name, value);
	if (value[0] == '>')
		return psprintf("%s %s %s", attribute->name, value[1] == '=' ? "from" : is_time ? "after" : "above",
						strchr(value, ' ') + 1);
	return psprintf("%s %s %s", attribute->name, value[1] != '=' ? is_time ? "before" : "below" :
					is_time ? "until" : "at most", strchr(value, ' ') + 1);
}

char *
tcs_persona_apart_words(const TcsPersonaTable *table, int64 customers, const TcsPersonaApart *apart)
{
	double		sign = apart->difference > 0 ? 1.0 : -1.0;
	double		low = 100 * (sign > 0 ? apart->interval.low : -apart->interval.high);
	double		high = 100 * (sign > 0 ? apart->interval.high : -apart->interval.low);

	return psprintf("%s: %.3g %%, of everybody else %.3g %%; %.3g points %s (%.3g to %.3g)",
					apart_mark(table->attribute, apart), 100.0 * apart->count / customers,
					100 * apart->share_others, 100 * sign * apart->difference,
					sign > 0 ? "more" : "less", low, high);
}
