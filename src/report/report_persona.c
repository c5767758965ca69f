/*
 * report_persona.c
 *		A section of a report that says who the customers of each segment are.
 *
 * Values that fewer than k customers share are not shown: a page is sent around,
 * and what one customer alone has is that customer's name.
 */
#include "report/report.h"

#include "catalog/pg_type.h"
#include "nodes/value.h"
#include "utils/builtins.h"

#include "persona/persona.h"

#define MOST_ATTRIBUTES 6		/* on a card */
#define MOST_VALUES		3		/* of an attribute */
#define MOST_APART		3		/* marks that tell them apart */
#define LEAST_APART		0.05	/* by so much of the customers, for sure */
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
	TcsPersonaTrait *none;		/* attributes that none of them has */
	List	   *traits[MOST_ATTRIBUTES];
	List	   *apart;			/* traits of that kind */
} Card;

typedef struct Cards
{
	TcsReport  *report;
	Card	   *cards;			/* as the segments are listed */
	int64		customers;
} Cards;

/* What a segment lacks altogether: several such attributes are said at once. */
static bool
cards_add_lacking(Card *card, const TcsPersonaTrait *trait)
{
	if (card->none == NULL || strcmp(trait->kind, "missing") != 0 || trait->count < trait->customers ||
		trait->share_all != card->none->share_all)
		return false;
	if (strlen(card->none->attribute) < LONGEST_VALUE)
		card->none->attribute = psprintf("%s, %s", card->none->attribute, trait->attribute);
	return true;
}

/* By how much a mark tells them apart at the least. */
static double
cards_least_apart(const TcsPersonaTrait *trait)
{
	return trait->difference > 0 ? trait->difference_low : -trait->difference_high;
}

/* What so few have is not told, nor how few of many do. */
static void
cards_add_apart(const Cards *cards, Card *card, const TcsPersonaTrait *trait)
{
	int			k = cards->report->k;
	TcsPersonaTrait *copy;

	if (cards_least_apart(trait) < LEAST_APART || trait->customers < k ||
		(trait->count > 0 && trait->count < k))
		return;
	copy = palloc(sizeof(TcsPersonaTrait));
	*copy = *trait;
	card->apart = lappend(card->apart, copy);
}

/*
 * Is there more to an attribute than what chance would give?  The median of a
 * few numbers would be what one customer has.
 */
static void
cards_receive(const TcsPersonaTrait *trait, void *arg)
{
	Cards	   *cards = arg;
	Card	   *card = &cards->cards[tcs_report_find(cards->report, trait->segment)];
	bool		is_number = trait->of->kind != TCS_ATTRIBUTE_VALUE && strcmp(trait->kind, "missing") != 0;
	TcsPersonaTrait *copy;

	card->customers = trait->customers;
	if (strcmp(trait->kind, "apart") == 0)
	{
		cards_add_apart(cards, card, trait);
		return;
	}
	if (trait->telling < LEAST_TELLING || cards_add_lacking(card, trait) ||
		(is_number && (trait->known < cards->report->k || isnan(trait->quartiles[1]) || isnan(trait->quartiles_all[1]))))
		return;
	if (trait->of != card->last)
	{
		if (card->attribute_count == MOST_ATTRIBUTES)
			return;
		card->attribute_count++;
		card->last = trait->of;
	}
	copy = palloc(sizeof(TcsPersonaTrait));
	*copy = *trait;
	if (strcmp(trait->kind, "missing") == 0 && trait->count == trait->customers)
		card->none = copy;
	card->traits[card->attribute_count - 1] = lappend(card->traits[card->attribute_count - 1], copy);
}

/* A figure with so many significant digits, or the whole ones that it has. */
static char *
cards_figure(const TcsAttribute *attribute, double value, int significant)
{
	double		size = fabs(value);
	char	   *words;

	if (attribute->kind == TCS_ATTRIBUTE_TIME)
	{
		/*
		 * the day of a moment, unless it takes more to see a difference; what
		 * lies between two days is of the first
		 */
		words = tcs_persona_number(attribute, value);
		if (attribute->type == DATEOID || significant == LEAST_DIGITS)
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

static char *
cards_figure_part(TcsReport *report, char *words)
{
	int			start = report->page->len;

	tcs_report_figure(report, words);
	return tcs_report_take(report, start);
}

/* The figures of a segment and of all, as short as they differ. */
static void
cards_write_figures(TcsReport *report, const TcsAttribute *attribute, TcsReportWord what, double of_segment, double of_all)
{
	StringInfo	page = report->page;
	char	   *left;
	char	   *right;

	for (int digits = LEAST_DIGITS;; digits++)
	{
		left = cards_figure(attribute, of_segment, digits);
		right = cards_figure(attribute, of_all, digits);
		if (of_segment == of_all || digits == MOST_DIGITS || strcmp(left, right) != 0)
			break;
	}
	appendStringInfo(page, "<dd><b data-v=\"%.15g\">", of_segment);
	tcs_report_say(report, what, cards_figure_part(report, left));
	appendStringInfo(page, "</b><span data-v=\"%.15g\">", of_all);
	tcs_report_say(report, TCS_WORD_OF_ALL, cards_figure_part(report, right));
	appendStringInfoString(page, "</span></dd>");
}

/* The share of a segment as a bar, that of all as a mark. */
static void
cards_write_share(TcsReport *report, const TcsPersonaTrait *trait)
{
	StringInfo	page = report->page;

	appendStringInfo(page, "<span data-v=\"%.15g\">", trait->share);
	tcs_report_say(report, TCS_WORD_SHARE_IS, tcs_report_percent_part(report, trait->share),
				   psprintf("<span data-v=\"%.15g\">%s</span>", trait->share_all,
							tcs_report_percent_part(report, trait->share_all)));
	appendStringInfo(page, "</span>"
					 "<svg viewBox=\"0 0 100 7\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
					 "<rect class=\"track\" width=\"100\" height=\"7\" /><rect class=\"fill\" width=\"%.2f\" height=\"7\" />"
					 "<line class=\"mark\" x1=\"%.2f\" x2=\"%.2f\" y1=\"-1\" y2=\"8\" /></svg>",
					 100 * trait->share, 100 * trait->share_all, 100 * trait->share_all);
}

/* The median or, where that is the one of all, the mean. */
static void
cards_write_number(TcsReport *report, const TcsPersonaTrait *trait)
{
	bool		is_mean = trait->quartiles[1] == trait->quartiles_all[1] &&
	!isnan(trait->mean) && !isnan(trait->mean_all);

	if (is_mean)
		cards_write_figures(report, trait->of, TCS_WORD_MEAN, trait->mean, trait->mean_all);
	else
		cards_write_figures(report, trait->of, TCS_WORD_MEDIAN, trait->quartiles[1], trait->quartiles_all[1]);
	appendStringInfoString(report->page, "<dd><i>");
	tcs_report_say(report, trait->value && trait->value[1] == '=' ? TCS_WORD_FROM_ON :
				   trait->of->kind == TCS_ATTRIBUTE_TIME ? TCS_WORD_AFTER : TCS_WORD_ABOVE,
				   cards_figure_part(report, cards_figure(trait->of, trait->quartiles_all[1], LEAST_DIGITS + 1)));
	appendStringInfoString(report->page, "</i>");
	cards_write_share(report, trait);
	appendStringInfoString(report->page, "</dd>");
}

static void
cards_write_value(TcsReport *report, const TcsPersonaTrait *trait)
{
	StringInfo	page = report->page;

	appendStringInfoString(page, "<dd><b>");
	if (trait->value == NULL || trait->value[0] == '\0')
		appendStringInfo(page, "<i>%s</i>",
						 tcs_report_word_part(report, trait->value != NULL ? TCS_WORD_EMPTY :
											  strcmp(trait->kind, "missing") == 0 ? TCS_WORD_NONE : TCS_WORD_OTHERS));
	else
		tcs_report_data(report, trait->value, LONGEST_VALUE);
	appendStringInfoString(page, "</b>");
	cards_write_share(report, trait);
	appendStringInfoString(page, "</dd>");
}

/* What a value adds to the divergence; those that are rarer than in all come last. */
static double
cards_weight(const TcsPersonaTrait *trait)
{
	return trait->count > 0 ? trait->share * log(trait->lift) : 0;
}

static int
cards_compare_weights(const ListCell *a, const ListCell *b)
{
	double		left = cards_weight(lfirst(a));
	double		right = cards_weight(lfirst(b));

	return left > right ? -1 : left < right;
}

/* The values that are more frequent than in all or, if none is, the most frequent. */
static int
cards_write_values(TcsReport *report, List *traits)
{
	List	   *shown = NIL;
	ListCell   *cell;
	int			count = 0;

	foreach(cell, traits)
	{
		TcsPersonaTrait *trait = lfirst(cell);

		if (strcmp(trait->kind, "other") != 0 && trait->count >= report->k)
			shown = lappend(shown, trait);
	}
	list_sort(shown, cards_compare_weights);
	foreach(cell, shown)
	{
		const TcsPersonaTrait *trait = lfirst(cell);

		if (count == MOST_VALUES || (count > 0 && !(trait->lift_low > 1)))
			break;
		cards_write_value(report, trait);
		count++;
	}
	return count;
}

/* The name of a column as one would say it. */
static char *
cards_spoken(const char *column)
{
	char	   *words = pstrdup(column);

	for (char *at = words; *at != '\0'; at++)
		if (*at == '_' && at > words)
			*at = ' ';
	return words;
}

/* A part of the scale of numbers in words. */
static char *
cards_scale(TcsReport *report, const TcsPersonaTrait *trait)
{
	bool		is_time = trait->of->kind == TCS_ATTRIBUTE_TIME;
	bool		is_day = is_time && fmod(trait->cut, SECS_PER_DAY) == 0.0;
	bool		is_above = trait->value[0] == '>';
	TcsReportWord word;
	int			start = report->page->len;

	if (!is_time)
		word = is_above ? TCS_WORD_ABOVE : TCS_WORD_UP_TO;
	else if (trait->of->type == DATEOID || !is_day)
		word = is_above ? TCS_WORD_AFTER : TCS_WORD_UNTIL;
	else
		/* after its midnight */
		word = is_above ? TCS_WORD_SINCE_DAY : TCS_WORD_BEFORE_DAY;
	tcs_report_say(report, word,
				   cards_figure_part(report, cards_figure(trait->of, trait->cut, is_day ? LEAST_DIGITS : MOST_DIGITS)));
	return tcs_report_take(report, start);
}

/* A mark that tells them apart, in words, with its figures and how sure they are. */
static void
cards_write_apart_one(TcsReport *report, const TcsPersonaTrait *trait)
{
	StringInfo	page = report->page;
	char	   *attribute = tcs_report_data_part(report, cards_spoken(trait->attribute), TCS_REPORT_NAME);
	bool		is_more = trait->difference > 0;
	double		low = is_more ? trait->difference_low : -trait->difference_high;
	double		high = is_more ? trait->difference_high : -trait->difference_low;

	appendStringInfo(page, "<li data-v=\"%.15g\"><b>", trait->difference);
	if (trait->value == NULL)
		tcs_report_say(report, TCS_WORD_APART_WITHOUT, attribute);
	else
		tcs_report_say(report, TCS_WORD_APART_WITH, attribute,
					   !isnan(trait->cut) ? cards_scale(report, trait) :
					   trait->of->type == BOOLOID ?
					   tcs_report_word_part(report, strcmp(trait->value, "true") == 0 ? TCS_WORD_YES : TCS_WORD_NO) :
					   trait->value[0] == '\0' ? tcs_report_word_part(report, TCS_WORD_EMPTY) :
					   tcs_report_data_part(report, trait->value, LONGEST_VALUE));
	appendStringInfoString(page, "</b> ");
	tcs_report_say(report, TCS_WORD_APART_SHARES, tcs_report_percent_part(report, trait->share),
				   tcs_report_percent_part(report, trait->share_others));
	appendStringInfoString(page, " <span>");
	tcs_report_say(report, is_more ? TCS_WORD_APART_MORE : TCS_WORD_APART_FEWER,
				   psprintf("%.0f", 100 * low), psprintf("%.0f", 100 * high));
	appendStringInfoString(page, "</span></li>\n");
}

static int
cards_compare_apart(const ListCell *a, const ListCell *b)
{
	double		left = cards_least_apart(lfirst(a));
	double		right = cards_least_apart(lfirst(b));

	return left > right ? -1 : left < right;
}

/* What tells them from everybody else, that which is surest first; or nothing. */
static void
cards_write_apart(TcsReport *report, const Card *card)
{
	ListCell   *cell;

	if (card->apart == NIL)
		return;
	list_sort(card->apart, cards_compare_apart);
	tcs_report_line(report, "h4", TCS_WORD_APART);
	appendStringInfoString(report->page, "<ul>\n");
	foreach(cell, card->apart)
	{
		if (foreach_current_index(cell) == MOST_APART)
			break;
		cards_write_apart_one(report, lfirst(cell));
	}
	appendStringInfoString(report->page, "</ul>\n");
}

static void
cards_write_attribute(TcsReport *report, List *traits)
{
	StringInfo	page = report->page;
	const TcsPersonaTrait *first = linitial(traits);
	int			before = page->len;

	appendStringInfoString(page, "<dt>");
	tcs_report_data(report, cards_spoken(first->attribute), TCS_REPORT_NAME);
	appendStringInfoString(page, "</dt>");
	if (first->of->kind != TCS_ATTRIBUTE_VALUE && strcmp(first->kind, "missing") != 0)
		cards_write_number(report, first);
	else if (cards_write_values(report, traits) == 0)
	{
		/* nothing that may be shown */
		page->len = before;
		page->data[before] = '\0';
		return;
	}
	appendStringInfoChar(page, '\n');
}

/* What tells them; nothing where nothing may be shown. */
static void
cards_write_attributes(TcsReport *report, const Card *card)
{
	StringInfo	page = report->page;
	int			before = page->len;
	int			start;

	appendStringInfoString(page, "<dl>\n");
	start = page->len;
	for (int i = 0; i < card->attribute_count; i++)
		cards_write_attribute(report, card->traits[i]);
	/* an attribute without a value that may be shown writes nothing */
	if (page->len > start)
		appendStringInfoString(page, "</dl>\n");
	else
	{
		(void) tcs_report_take(report, before);
		tcs_report_line(report, "p", TCS_WORD_NOT_TOLD);
	}
}

/* How many they are is what the other sections say, whatever was looked at. */
static void
cards_write_one(TcsReport *report, const TcsReportSegment *segment, const Card *card, bool is_sample)
{
	StringInfo	page = report->page;

	appendStringInfo(page, "<div class=\"card\"><h3>%s</h3>\n<p>", tcs_report_name_part(report, segment->name));
	tcs_report_say(report, segment->customers == 1 ? TCS_WORD_CARD_ONE : TCS_WORD_CARD_MANY,
				   tcs_report_count_part(report, segment->customers),
				   tcs_report_percent_part(report, (double) segment->customers / report->customers));
	if (is_sample)
		tcs_report_say(report, TCS_WORD_CARD_SAMPLE, tcs_report_count_part(report, card->customers));
	appendStringInfoString(page, "</p>\n");
	if (segment->description)
		appendStringInfo(page, "<p class=\"say\">%s</p>\n",
						 tcs_report_data_part(report, segment->description, TCS_REPORT_LONG));
	if (card == NULL)
		;
	else if (card->customers < report->k)
		tcs_report_line(report, "p", is_sample ? TCS_WORD_TOO_FEW_SAMPLE : TCS_WORD_TOO_FEW);
	else
	{
		cards_write_apart(report, card);
		cards_write_attributes(report, card);
	}
	appendStringInfoString(page, "</div>\n");
}

/* The query that the cards are made from: the attributes by their names again. */
static char *
cards_query(TcsReport *report, bool with_key)
{
	StringInfoData query;
	ListCell   *cell;
	int			column = 0;

	initStringInfo(&query);
	appendStringInfoString(&query, "SELECT segment");
	foreach(cell, report->columns)
		appendStringInfo(&query, ", attribute%d AS %s", column++, strVal(lfirst(cell)));
	appendStringInfo(&query, "%s FROM " TCS_REPORT_SOURCE " WHERE is_member AND is_there",
					 with_key ? ", key" : "");
	return query.data;
}

static void
cards_write(TcsReport *report, const Card *cards, bool is_sample)
{
	int			more = 0;

	appendStringInfoString(report->page, "<div class=\"cards\">\n");
	for (int i = 0; i < report->count; i++)
	{
		if (cards ? cards[i].customers == 0 : report->segments[i].customers == 0)
			continue;
		if (report->segments[i].rank < TCS_REPORT_CARDS)
			cards_write_one(report, &report->segments[i], cards ? &cards[i] : NULL, is_sample);
		else
			more++;
	}
	appendStringInfoString(report->page, "</div>\n");
	tcs_report_more(report, TCS_WORD_MORE_SEGMENTS, more, -1);
}

/* Without a column that tells more than the rules do, what these advise is left. */
static void
cards_write_advice(TcsReport *report)
{
	bool		has_advice = false;

	for (int i = 0; i < report->count; i++)
		has_advice |= report->segments[i].description != NULL && report->segments[i].customers > 0;
	if (!has_advice)
		return;
	tcs_report_section(report, "personas", TCS_WORD_PERSONAS);
	tcs_report_line(report, "p class=\"lead\"", TCS_WORD_PERSONAS_ADVICE);
	cards_write(report, NULL, false);
	tcs_report_section_end(report);
}

void
tcs_report_personas(TcsReport *report)
{
	TcsPersona *persona;
	Cards		cards = {report};
	int			columns = list_length(report->columns);
	double		most = SAMPLE_SIZE;
	uint32		sample = 0;

	if (!report->has_customers || report->customers == 0 || report->current > TCS_PERSONA_SEGMENTS)
		return;
	if (columns == 0)
	{
		cards_write_advice(report);
		return;
	}
	if (columns > SAMPLE_COLUMNS)
		most = most * SAMPLE_COLUMNS / columns;
	if (report->customers > most)
		sample = (uint32) ceil(report->customers / most);
	persona = tcs_persona_read(cards_query(report, sample > 0), sample);
	if (persona->all_customers == 0)
		return;
	cards.cards = palloc0((report->count + TCS_PERSONA_SEGMENTS + 1) * sizeof(Card));
	tcs_persona_traits(persona, 0, MOST_VALUES + 5, cards_receive, &cards);

	tcs_report_section(report, "personas", TCS_WORD_PERSONAS);
	appendStringInfoString(report->page, "<p class=\"lead\">");
	tcs_report_word(report, TCS_WORD_PERSONAS_LEAD);
	if (sample > 0)
	{
		tcs_report_word(report, TCS_WORD_SPACE);
		tcs_report_say(report, TCS_WORD_PERSONAS_SAMPLE, psprintf("%u", sample));
	}
	appendStringInfoString(report->page, "</p>\n");
	cards_write(report, cards.cards, sample > 0);
	tcs_report_section_end(report);
}
