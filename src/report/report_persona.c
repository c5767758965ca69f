/*
 * report_persona.c
 *		A section of a report that says who the customers of each segment are.
 *
 * Values that fewer than five customers share are not shown: a page is sent
 * around, and what one customer alone has is that customer's name.
 */
#include "report/report.h"

#include "access/relation.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "persona/persona.h"

#define FEW_CUSTOMERS	5
#define MOST_ATTRIBUTES 6		/* on a card */
#define MOST_VALUES		3		/* of an attribute */
#define LEAST_TELLING	0.01	/* bits: below, nobody would see a difference */
#define LONGEST_VALUE	60		/* characters */
#define LEAST_DIGITS	3		/* of figures */
#define MOST_DIGITS		9

/* Of more customers than that, about so many are looked at; fewer by many columns. */
#define SAMPLE_SIZE		100000
#define SAMPLE_COLUMNS	50

/* What a card says, attribute by attribute. */
typedef struct Card
{
	int64		customers;
	int			attribute_count;
	const TcsAttribute *last;	/* the one that traits come of */
	TcsTrait   *none;			/* attributes that none of them has */
	List	   *traits[MOST_ATTRIBUTES];
} Card;

typedef struct Cards
{
	TcsReport  *report;
	Card	   *cards;			/* as the segments are listed */
	int64		customers;
} Cards;

/* The columns that whoever wants the report may read, without the key; how many? */
static int
cards_add_columns(TcsReport *report, StringInfo query)
{
	Relation	source = relation_open(report->source_oid, AccessShareLock);
	TupleDesc	columns = RelationGetDescr(source);
	int			added = 0;

	for (int i = 0; i < columns->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(columns, i);
		const char *name = quote_identifier(NameStr(column->attname));

		if (column->attisdropped || strcmp(name, report->key_column) == 0 ||
			!tcs_reading_may(report->source_oid, NameStr(column->attname)))
			continue;
		appendStringInfo(query, ", s.%s", name);
		added++;
	}
	relation_close(source, NoLock);
	return added;
}

/* What a segment lacks altogether: several such attributes are said at once. */
static bool
cards_add_lacking(Card *card, const TcsTrait *trait)
{
	if (card->none == NULL || strcmp(trait->kind, "missing") != 0 || trait->count < trait->customers ||
		trait->share_all != card->none->share_all)
		return false;
	if (strlen(card->none->attribute) < LONGEST_VALUE)
		card->none->attribute = psprintf("%s, %s", card->none->attribute, trait->attribute);
	return true;
}

/*
 * Is there more to an attribute than what chance would give?  The median of a
 * few numbers would be what one customer has.
 */
static void
cards_receive(const TcsTrait *trait, void *arg)
{
	Cards	   *cards = arg;
	Card	   *card = &cards->cards[tcs_report_find(cards->report, trait->segment)];
	bool		is_number = trait->of->kind != TCS_ATTRIBUTE_VALUE && strcmp(trait->kind, "missing") != 0;
	TcsTrait   *copy;

	card->customers = trait->customers;
	if (trait->telling < LEAST_TELLING || cards_add_lacking(card, trait) ||
		(is_number && (trait->known < FEW_CUSTOMERS || isnan(trait->quartiles[1]) || isnan(trait->quartiles_all[1]))))
		return;
	if (trait->of != card->last)
	{
		if (card->attribute_count == MOST_ATTRIBUTES)
			return;
		card->attribute_count++;
		card->last = trait->of;
	}
	copy = palloc(sizeof(TcsTrait));
	*copy = *trait;
	if (strcmp(trait->kind, "missing") == 0 && trait->count == trait->customers)
		card->none = copy;
	card->traits[card->attribute_count - 1] = lappend(card->traits[card->attribute_count - 1], copy);
}

/* A figure with so many significant digits, or the whole ones that it has. */
static char *
card_figure(const TcsAttribute *attribute, double value, int significant)
{
	double		size = fabs(value);
	char	   *words;

	if (attribute->kind == TCS_ATTRIBUTE_TIME)
	{
		/* the day of a moment, unless it takes more to see a difference */
		words = tcs_persona_number(attribute, value);
		if (significant == LEAST_DIGITS)
			words[strcspn(words, " ")] = '\0';
		return words;
	}
	if (isinf(value) || size >= 1e12 || (size > 0 && size < 0.001))
		return psprintf("%.*g", significant - 1, value);
	significant -= size < 1 ? 0 : (int) floor(log10(size)) + 1;
	words = psprintf("%.*f", value == rint(value) ? 0 : Max(significant, 0), value);
	if (strchr(words, '.'))
	{
		int			length = strlen(words);

		while (words[length - 1] == '0')
			length--;
		words[words[length - 1] == '.' ? length - 1 : length] = '\0';
	}
	return words;
}

/* The figures of a segment and of all, as short as they differ. */
static void
card_write_figures(TcsReport *report, const TcsAttribute *attribute, const char *what, double of_segment, double of_all)
{
	StringInfo	page = report->page;
	char	   *left;
	char	   *right;

	for (int digits = LEAST_DIGITS;; digits++)
	{
		left = card_figure(attribute, of_segment, digits);
		right = card_figure(attribute, of_all, digits);
		if (of_segment == of_all || digits == MOST_DIGITS || strcmp(left, right) != 0)
			break;
	}
	appendStringInfo(page, "<dd><b data-v=\"%.15g\">%s ", of_segment, what);
	tcs_report_figure(report, left);
	appendStringInfo(page, "</b><span data-v=\"%.15g\">all ", of_all);
	tcs_report_figure(report, right);
	appendStringInfoString(page, "</span></dd>");
}

/* The share of a segment as a bar, that of all as a mark. */
static void
card_write_share(TcsReport *report, const TcsTrait *trait)
{
	StringInfo	page = report->page;

	appendStringInfo(page, "<span data-v=\"%.15g\">", trait->share);
	tcs_report_percent(report, trait->share);
	appendStringInfo(page, ", all <span data-v=\"%.15g\">", trait->share_all);
	tcs_report_percent(report, trait->share_all);
	appendStringInfo(page, "</span></span>"
					 "<svg viewBox=\"0 0 100 7\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
					 "<rect class=\"track\" width=\"100\" height=\"7\" /><rect class=\"fill\" width=\"%.2f\" height=\"7\" />"
					 "<line class=\"mark\" x1=\"%.2f\" x2=\"%.2f\" y1=\"-1\" y2=\"8\" /></svg>",
					 100 * trait->share, 100 * trait->share_all, 100 * trait->share_all);
}

/* The median or, where that is the one of all, the mean. */
static void
card_write_number(TcsReport *report, const TcsTrait *trait)
{
	bool		is_mean = trait->quartiles[1] == trait->quartiles_all[1] &&
	!isnan(trait->mean) && !isnan(trait->mean_all);

	if (is_mean)
		card_write_figures(report, trait->of, "mean", trait->mean, trait->mean_all);
	else
		card_write_figures(report, trait->of, "median", trait->quartiles[1], trait->quartiles_all[1]);
	appendStringInfo(report->page, "<dd><i>%s ", trait->value && trait->value[1] == '=' ? "from" : "above");
	tcs_report_figure(report, card_figure(trait->of, trait->quartiles_all[1], LEAST_DIGITS + 1));
	appendStringInfoString(report->page, "</i>");
	card_write_share(report, trait);
	appendStringInfoString(report->page, "</dd>");
}

static void
card_write_value(TcsReport *report, const TcsTrait *trait)
{
	StringInfo	page = report->page;

	appendStringInfoString(page, "<dd><b>");
	if (trait->value == NULL)
		appendStringInfo(page, "<i>%s</i>", strcmp(trait->kind, "missing") == 0 ? "none" : "others");
	else if (trait->value[0] == '\0')
		appendStringInfoString(page, "<i>empty</i>");
	else
		tcs_report_data(report, trait->value, LONGEST_VALUE);
	appendStringInfoString(page, "</b>");
	card_write_share(report, trait);
	appendStringInfoString(page, "</dd>");
}

/* What a value adds to the divergence; those that are rarer than in all come last. */
static double
trait_weight(const TcsTrait *trait)
{
	return trait->count > 0 ? trait->share * log(trait->lift) : 0;
}

static int
compare_weights(const ListCell *a, const ListCell *b)
{
	double		left = trait_weight(lfirst(a));
	double		right = trait_weight(lfirst(b));

	return left > right ? -1 : left < right;
}

/* The values that are more frequent than in all or, if none is, the most frequent. */
static int
card_write_values(TcsReport *report, List *traits)
{
	List	   *shown = NIL;
	ListCell   *cell;
	int			count = 0;

	foreach(cell, traits)
	{
		TcsTrait   *trait = lfirst(cell);

		if (strcmp(trait->kind, "other") != 0 && trait->count >= FEW_CUSTOMERS)
			shown = lappend(shown, trait);
	}
	list_sort(shown, compare_weights);
	foreach(cell, shown)
	{
		const TcsTrait *trait = lfirst(cell);

		if (count == MOST_VALUES || (count > 0 && !(trait->lift_low > 1)))
			break;
		card_write_value(report, trait);
		count++;
	}
	return count;
}

static void
card_write_attribute(TcsReport *report, List *traits)
{
	StringInfo	page = report->page;
	const TcsTrait *first = linitial(traits);
	int			before = page->len;

	appendStringInfoString(page, "<dt>");
	tcs_report_data(report, first->attribute, TCS_REPORT_NAME);
	appendStringInfoString(page, "</dt>");
	if (first->of->kind != TCS_ATTRIBUTE_VALUE && strcmp(first->kind, "missing") != 0)
		card_write_number(report, first);
	else if (card_write_values(report, traits) == 0)
	{
		/* nothing that may be shown */
		page->len = before;
		page->data[before] = '\0';
		return;
	}
	appendStringInfoChar(page, '\n');
}

/* How many they are is what the other sections say, whatever was looked at. */
static void
card_write(TcsReport *report, const TcsReportSegment *segment, const Card *card, bool is_sample)
{
	StringInfo	page = report->page;

	appendStringInfoString(page, "<div class=\"card\"><h3>");
	tcs_report_name(report, segment->name);
	appendStringInfo(page, "</h3>\n<p><span data-v=\"" INT64_FORMAT "\">", segment->customers);
	tcs_report_count(report, segment->customers);
	appendStringInfo(page, "</span> customer%s, ", segment->customers == 1 ? "" : "s");
	tcs_report_percent(report, (double) segment->customers / report->customers);
	if (is_sample)
	{
		appendStringInfo(page, "; <span data-v=\"" INT64_FORMAT "\">", card->customers);
		tcs_report_count(report, card->customers);
		appendStringInfoString(page, "</span> in the sample");
	}
	appendStringInfoString(page, "</p>\n");
	if (segment->description)
	{
		appendStringInfoString(page, "<p class=\"say\">");
		tcs_report_data(report, segment->description, TCS_REPORT_WORDS);
		appendStringInfoString(page, "</p>\n");
	}
	if (card->customers < FEW_CUSTOMERS)
		appendStringInfo(page, "<p>Too few%s to be described.</p>\n", is_sample ? " in the sample" : "");
	else
	{
		int			before = page->len;
		int			start;

		appendStringInfoString(page, "<dl>\n");
		start = page->len;
		for (int i = 0; i < card->attribute_count; i++)
			card_write_attribute(report, card->traits[i]);
		/* an attribute without a value that may be shown writes nothing */
		if (page->len > start)
			appendStringInfoString(page, "</dl>\n");
		else
		{
			page->len = before;
			page->data[before] = '\0';
			appendStringInfoString(page, "<p>Not told from all by what is known of them.</p>\n");
		}
	}
	appendStringInfoString(page, "</div>\n");
}

void
tcs_report_personas(TcsReport *report)
{
	StringInfo	page = report->page;
	StringInfoData query;
	TcsPersona *persona;
	Cards		cards = {report};
	double		most = SAMPLE_SIZE;
	uint32		sample = 0;
	int			columns;
	int			more = 0;

	if (!report->has_customers || report->customers == 0 || report->current > TCS_PERSONA_SEGMENTS)
		return;
	initStringInfo(&query);
	appendStringInfoString(&query, "SELECT i.segment");
	columns = cards_add_columns(report, &query);
	if (columns == 0)
		return;
	if (columns > SAMPLE_COLUMNS)
		most = most * SAMPLE_COLUMNS / columns;
	if (report->customers > most)
		sample = (uint32) ceil(report->customers / most);
	appendStringInfo(&query, "%s FROM %s AS i JOIN %s AS s ON s.%s %s i.key",
					 sample > 0 ? ", i.key" : "", report->name, report->source,
					 report->key_column, report->key_equal);

	persona = tcs_persona_read(query.data, sample);
	if (persona->all_customers == 0)
		return;
	cards.cards = palloc0((report->count + TCS_PERSONA_SEGMENTS + 1) * sizeof(Card));
	tcs_persona_traits(persona, 0, MOST_VALUES + 5, cards_receive, &cards);

	tcs_report_section(report, "personas", "Who they are");
	appendStringInfoString(page, "<p class=\"lead\">What tells the customers of each segment from all, the most telling first. "
						   "The bar is their share, the mark that of all customers");
	if (sample > 0)
		appendStringInfo(page, "; shares and figures are those of a sample of one customer in %u", sample);
	appendStringInfoString(page, ".</p>\n<div class=\"cards\">\n");
	for (int i = 0; i < report->count; i++)
	{
		if (cards.cards[i].customers == 0)
			continue;
		if (report->segments[i].rank < TCS_REPORT_CARDS)
			card_write(report, &report->segments[i], &cards.cards[i], sample > 0);
		else
			more++;
	}
	appendStringInfoString(page, "</div>\n");
	tcs_report_more(report, more, "segments, which are smaller", -1);
	appendStringInfoString(page, "</section>\n");
}
