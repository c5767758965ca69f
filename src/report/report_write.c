/*
 * report_write.c
 *		Text, numbers and small elements of a report.
 */
#include "report/report.h"

#include "mb/pg_wchar.h"

/* A character that XML has no place for, and one that cannot be read. */
#define REPLACEMENT 0xFFFD

static void
write_character(StringInfo page, pg_wchar c)
{
	switch (c)
	{
		case '<':
			appendStringInfoString(page, "&lt;");
			return;
		case '>':
			appendStringInfoString(page, "&gt;");
			return;
		case '&':
			appendStringInfoString(page, "&amp;");
			return;
		case '"':
			appendStringInfoString(page, "&quot;");
			return;
		case '\'':
			appendStringInfoString(page, "&#39;");
			return;
	}
	if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F ||
		(c >= 0x80 && c < 0xA0) || (c >= 0xD800 && c < 0xE000) ||
		(c & 0xFFFE) == 0xFFFE || c > 0x10FFFF)
		c = REPLACEMENT;
	if (c < 0x7F && c >= 0x20)
		appendStringInfoChar(page, (char) c);
	else
		appendStringInfo(page, "&#%u;", c);
}

/*
 * A character that shows as nothing, turns the line round, or ends it: of two
 * names that look the same, one would be the other's.
 */
static bool
write_is_unseen(pg_wchar c)
{
	return (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) ||
		c == 0x2028 || c == 0x2029 || c == 0x200B || c == 0xFEFF ||
		c == 0x00AD || c == 0x180E || (c >= 0xFFF9 && c <= 0xFFFB);
}

/*
 * The same, but of use where they belong: between the letters of Persian or
 * Hindi, beside Arabic and Hebrew ones, and in pictures made of several.
 */
static bool
write_is_joiner(pg_wchar c)
{
	return (c >= 0x200C && c <= 0x200F) || c == 0x061C || (c >= 0xE0000 && c <= 0xE007F);
}

/* UTF-8, escaped for content and for attributes in quotes; at most so many characters. */
static void
write_utf8(TcsReport *report, const char *utf8, int most)
{
	const unsigned char *at = (const unsigned char *) utf8;
	const unsigned char *end = at + strlen(utf8);
	pg_wchar	before = 0;

	for (int written = 0; at < end; written++)
	{
		int			bytes = pg_utf_mblen(at);
		pg_wchar	c = REPLACEMENT;

		if (written == most)
		{
			appendStringInfoString(report->page, "&#8230;");
			break;
		}
		if (at + bytes <= end && pg_utf8_islegal(at, bytes))
			c = utf8_to_unicode(at);
		else
			/* bytes of an encoding that nobody has told us */
			bytes = 1;
		if (write_is_unseen(c) || (write_is_joiner(c) && before < 0x80))
			c = REPLACEMENT;
		write_character(report->page, c);
		before = c;
		at += bytes;
	}
}

/* The same in the encoding of the database. */
static void
write_words(TcsReport *report, const char *words, int most)
{
	char	   *utf8 = (char *) words;

	if (GetDatabaseEncoding() != PG_SQL_ASCII)
		utf8 = pg_server_to_any(words, strlen(words), PG_UTF8);
	write_utf8(report, utf8, most);
	if (utf8 != words)
		pfree(utf8);
}

void
tcs_report_word(TcsReport *report, TcsReportWord word)
{
	tcs_report_say_with(report, word, NULL);
}

void
tcs_report_say_with(TcsReport *report, TcsReportWord word, const char *const *parts)
{
	char	   *words = pstrdup(tcs_report_words(report->language, word));
	char	   *place;

	while ((place = strchr(words, '{')) != NULL)
	{
		*place = '\0';
		write_utf8(report, words, -1);
		for (int i = 0; i <= place[1] - '1'; i++)
			Assert(parts != NULL && parts[i] != NULL);
		appendStringInfoString(report->page, parts[place[1] - '1']);
		words = place + strlen("{1}");
	}
	write_utf8(report, words, -1);
}

char *
tcs_report_take(TcsReport *report, int start)
{
	char	   *part = pstrdup(report->page->data + start);

	report->page->len = start;
	report->page->data[start] = '\0';
	return part;
}

char *
tcs_report_word_part(TcsReport *report, TcsReportWord word)
{
	int			start = report->page->len;

	tcs_report_word(report, word);
	return tcs_report_take(report, start);
}

/* A number within a sentence, which a program finds too. */
char *
tcs_report_count_part(TcsReport *report, int64 value)
{
	int			start = report->page->len;

	appendStringInfo(report->page, "<span data-v=\"" INT64_FORMAT "\">", value);
	tcs_report_count(report, value);
	appendStringInfoString(report->page, "</span>");
	return tcs_report_take(report, start);
}

char *
tcs_report_data_part(TcsReport *report, const char *words, int most)
{
	int			start = report->page->len;

	tcs_report_data(report, words, most);
	return tcs_report_take(report, start);
}

char *
tcs_report_name_part(TcsReport *report, const char *segment)
{
	int			start = report->page->len;

	tcs_report_name(report, segment);
	return tcs_report_take(report, start);
}

char *
tcs_report_percent_part(TcsReport *report, double share)
{
	int			start = report->page->len;

	tcs_report_percent(report, share);
	return tcs_report_take(report, start);
}

char *
tcs_report_money_part(TcsReport *report, double value)
{
	int			start = report->page->len;

	tcs_report_money(report, value, fabs(value) < 10000);
	return tcs_report_take(report, start);
}

void
tcs_report_line_with(TcsReport *report, const char *element, TcsReportWord word,
					 const char *const *parts)
{
	appendStringInfo(report->page, "<%s>", element);
	tcs_report_say_with(report, word, parts);
	appendStringInfo(report->page, "</%.*s>\n", (int) strcspn(element, " "), element);
}

void
tcs_report_line(TcsReport *report, const char *element, TcsReportWord word)
{
	tcs_report_line_with(report, element, word, NULL);
}

void
tcs_report_text(TcsReport *report, const char *words)
{
	write_words(report, words, -1);
}

void
tcs_report_own_words(TcsReport *report, const char *utf8)
{
	write_utf8(report, utf8, -1);
}

void
tcs_report_data(TcsReport *report, const char *words, int most)
{
	appendStringInfoString(report->page, "<bdi>");
	write_words(report, words, most);
	appendStringInfoString(report->page, "</bdi>");
}

/* Between the characters that isolate what is between them. */
void
tcs_report_plain_data(TcsReport *report, const char *words, int most)
{
	appendStringInfoString(report->page, "&#8296;");
	write_words(report, words, most);
	appendStringInfoString(report->page, "&#8297;");
}

/* The name of a segment; NULL is that of the customers in none. */
void
tcs_report_name(TcsReport *report, const char *segment)
{
	if (segment != NULL && segment[0] != '\0')
		tcs_report_data(report, segment, TCS_REPORT_NAME);
	else
	{
		appendStringInfoString(report->page, "<i>");
		tcs_report_word(report, segment == NULL ? TCS_WORD_NO_SEGMENT : TCS_WORD_EMPTY_NAME);
		appendStringInfoString(report->page, "</i>");
	}
}

void
tcs_report_more(TcsReport *report, TcsReportWord word, int64 more, int64 customers)
{
	if (more > 0)
		tcs_report_line_say(report, "p class=\"note more\"", word,
							tcs_report_count_part(report, more),
							customers >= 0 ? tcs_report_count_part(report, customers) : "");
}

/* Digits in groups of three. */
static void
write_grouped(TcsReport *report, const char *digits)
{
	const char *point;
	int			whole;

	if (*digits == '-')
	{
		appendStringInfoString(report->page, "&#8722;");
		digits++;
	}
	point = strchr(digits, '.');
	whole = point ? point - digits : strlen(digits);
	for (int i = 0; i < whole; i++)
	{
		if (i > 0 && (whole - i) % 3 == 0)
			tcs_report_word(report, TCS_WORD_GROUPING);
		appendStringInfoChar(report->page, digits[i]);
	}
	if (point)
		appendStringInfoString(report->page, point);
}

void
tcs_report_count(TcsReport *report, int64 value)
{
	write_grouped(report, psprintf(INT64_FORMAT, value));
}

void
tcs_report_amount(TcsReport *report, double value, bool cents)
{
	char	   *digits;

	if (isnan(value) || isinf(value))
	{
		appendStringInfoString(report->page, "&#8211;");
		return;
	}
	digits = psprintf("%.*f", cents ? 2 : 0, value);

	/* no minus before what is rounded to nothing */
	if (digits[0] == '-' && strspn(digits, "-0.") == strlen(digits))
		digits++;
	write_grouped(report, digits);
}

/* In the large units that the language has, to a hundredth of one. */
static void
write_large(TcsReport *report, double value, bool cents)
{
	static const struct
	{
		double		size;
		TcsReportWord word;
	}			units[] = {
		{1e8, TCS_WORD_HUNDRED_MILLIONS},
		{1e4, TCS_WORD_TEN_THOUSANDS},
	};

	for (int i = 0; i < lengthof(units); i++)
	{
		int			start = report->page->len;

		if (isnan(value) || isinf(value) || fabs(value) < units[i].size * 10 ||
			*tcs_report_words(report->language, units[i].word) == '\0')
			continue;
		tcs_report_amount(report, value / units[i].size, true);
		tcs_report_say(report, units[i].word, tcs_report_take(report, start));
		return;
	}
	tcs_report_amount(report, value, cents);
}

/*
 * An amount with its currency: a sign stands before it, a code at some distance,
 * and a word of a script without spaces after it.
 */
void
tcs_report_money(TcsReport *report, double value, bool cents)
{
	char	   *currency = report->currency;
	int			start = report->page->len;
	char	   *mark;
	bool		is_code;
	pg_wchar	first = 0;

	if (currency == NULL || isnan(value) || isinf(value))
	{
		write_large(report, value, cents);
		return;
	}
	mark = tcs_report_data_part(report, currency, TCS_REPORT_CURRENCY);
	is_code = (currency[0] >= 'A' && currency[0] <= 'Z') || (currency[0] >= 'a' && currency[0] <= 'z');
	if (strncmp(mark, "<bdi>&#", strlen("<bdi>&#")) == 0)
		first = strtoul(mark + strlen("<bdi>&#"), NULL, 10);
	write_large(report, value, cents);
	if (first >= 0x2E80 && first < 0xFE00)
		appendStringInfoString(report->page, mark);
	else
	{
		char	   *amount = tcs_report_take(report, start);
		bool		is_negative = strncmp(amount, "&#8722;", strlen("&#8722;")) == 0;

		appendStringInfo(report->page, "%s%s%s%s", is_negative ? "&#8722;" : "", mark,
						 is_code ? "&#160;" : "", amount + (is_negative ? strlen("&#8722;") : 0));
	}
}

/* A number that is written already, or something else that is not digits. */
void
tcs_report_figure(TcsReport *report, const char *words)
{
	bool		is_negative = *words == '-';

	if (strspn(words + is_negative, "0123456789.") < strlen(words + is_negative))
		tcs_report_text(report, words);
	else
		write_grouped(report, is_negative && strspn(words, "-0.") == strlen(words) ? words + 1 : words);
}

/* A share in percent, to a tenth; what is there does not show as nothing. */
void
tcs_report_percent(TcsReport *report, double share)
{
	if (isnan(share))
		appendStringInfoString(report->page, "&#8211;");
	else if (share > 0 && share < 0.0005)
		tcs_report_word(report, TCS_WORD_SMALL_PERCENT);
	else
	{
		int			start = report->page->len;

		write_grouped(report, psprintf("%.1f", 100 * share));
		tcs_report_say(report, TCS_WORD_PERCENT, tcs_report_take(report, start));
	}
}

/* By how much something grew or shrank, in itself and of what it was. */
void
tcs_report_change(TcsReport *report, int64 before, int64 after)
{
	StringInfo	page = report->page;
	int64		change = after - before;

	if (change == 0)
	{
		tcs_report_word(report, TCS_WORD_NO_CHANGE);
		return;
	}
	appendStringInfoString(page, change > 0 ? "&#9650;&#160;" : "&#9660;&#160;");
	tcs_report_count(report, change > 0 ? change : -change);
	if (before > 0)
		appendStringInfo(page, " <small>(%s)</small>",
						 tcs_report_percent_part(report, fabs((double) change / before)));
}

char *
tcs_report_day(TcsReport *report, const char *day)
{
	int			start = report->page->len;
	int			year;
	int			month;
	int			of_month;

	if (day == NULL)
		return "&#8211;";
	if (sscanf(day, "%d-%d-%d", &year, &month, &of_month) != 3 || month < 1 || month > 12)
		tcs_report_text(report, day);
	else
		tcs_report_say(report, TCS_WORD_DATE, psprintf("%d", of_month),
					   tcs_report_word_part(report, TCS_WORD_JANUARY + month - 1), psprintf("%d", year));
	return tcs_report_take(report, start);
}

char *
tcs_report_moment(TcsReport *report, const char *moment)
{
	int			start = report->page->len;
	const char *time = moment ? strrchr(moment, ' ') : NULL;

	if (time == NULL)
		return "&#8211;";
	tcs_report_say(report, TCS_WORD_MOMENT, tcs_report_day(report, moment), time + 1);
	return tcs_report_take(report, start);
}

/* Begin a cell; the caller writes what is in it, and ends it. */
void
tcs_report_cell(TcsReport *report, TcsReportWord column, const char *class, double value)
{
	appendStringInfo(report->page, "<td class=\"%s\" data-l=\"", class);
	tcs_report_word(report, column);
	appendStringInfoChar(report->page, '"');
	if (!isnan(value))
		appendStringInfo(report->page, " data-v=\"%.15g\"", value);
	appendStringInfoChar(report->page, '>');
}

void
tcs_report_count_cell(TcsReport *report, TcsReportWord column, int64 value)
{
	tcs_report_cell(report, column, "n", value);
	tcs_report_count(report, value);
	appendStringInfoString(report->page, "</td>");
}

void
tcs_report_amount_cell(TcsReport *report, TcsReportWord column, double value, bool cents)
{
	tcs_report_cell(report, column, isnan(value) ? "n soft" : "n", value);
	tcs_report_amount(report, value, cents);
	appendStringInfoString(report->page, "</td>");
}

void
tcs_report_percent_cell(TcsReport *report, TcsReportWord column, double share)
{
	tcs_report_cell(report, column, "n soft", share);
	tcs_report_percent(report, share);
	appendStringInfoString(report->page, "</td>");
}

void
tcs_report_change_cell(TcsReport *report, TcsReportWord column, const TcsReportDrift *drift)
{
	if (drift == NULL)
		tcs_report_cell(report, column, "n soft", report->is_loaded ? 0 : get_float8_nan());
	else
		tcs_report_cell(report, column, "n", drift->customers[1] - drift->customers[0]);
	if (drift == NULL || drift->customers[0] == drift->customers[1])
		appendStringInfoString(report->page, "&#8211;");
	else
		tcs_report_change(report, drift->customers[0], drift->customers[1]);
	appendStringInfoString(report->page, "</td>");
}

/* A bar that fills that share of its cell. */
void
tcs_report_bar(TcsReport *report, double share)
{
	double		width = isnan(share) ? 0 : Min(Max(share, 0), 1) * 100;

	appendStringInfo(report->page,
					 "<td class=\"bar\" aria-hidden=\"true\"><svg viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\">"
					 "<rect class=\"track\" width=\"100\" height=\"10\" /><rect class=\"fill\" width=\"%.2f\" height=\"10\" /></svg></td>",
					 width);
}

void
tcs_report_head(TcsReport *report, TcsReportWord column)
{
	appendStringInfoString(report->page, "<th scope=\"col\">");
	tcs_report_word(report, column);
	appendStringInfoString(report->page, "</th>");
}

void
tcs_report_number_head(TcsReport *report, TcsReportWord column)
{
	appendStringInfoString(report->page, "<th scope=\"col\" class=\"n\">");
	tcs_report_word(report, column);
	appendStringInfoString(report->page, "</th>");
}

void
tcs_report_money_head(TcsReport *report, TcsReportWord column)
{
	if (report->currency == NULL)
	{
		tcs_report_number_head(report, column);
		return;
	}
	appendStringInfoString(report->page, "<th scope=\"col\" class=\"n\">");
	tcs_report_say(report, TCS_WORD_WITH_UNIT, tcs_report_word_part(report, column),
				   tcs_report_data_part(report, report->currency, TCS_REPORT_CURRENCY));
	appendStringInfoString(report->page, "</th>");
}

void
tcs_report_caption(TcsReport *report, TcsReportWord caption, bool of_period)
{
	int			start = report->page->len;
	char	   *when;

	if (!report->is_loaded)
		return;
	if (of_period)
		tcs_report_say(report, TCS_WORD_FROM_TO, report->from_day, report->to_day);
	else
		tcs_report_say(report, TCS_WORD_AS_OF, report->to_day);
	when = tcs_report_take(report, start);
	appendStringInfoString(report->page, "<caption>");
	tcs_report_say(report, TCS_WORD_TITLE_OF, tcs_report_word_part(report, caption), when);
	appendStringInfoString(report->page, "</caption>\n");
}

void
tcs_report_table(TcsReport *report, const char *class, TcsReportWord caption, bool of_period)
{
	appendStringInfo(report->page, "<table class=\"stack %s\">\n", class);
	tcs_report_caption(report, caption, of_period);
}

void
tcs_report_section(TcsReport *report, const char *id, TcsReportWord title)
{
	appendStringInfo(report->page,
					 "<section id=\"%s\" aria-labelledby=\"%s-title\">\n<h2 id=\"%s-title\">", id, id, id);
	tcs_report_word(report, title);
	appendStringInfoString(report->page, "</h2>\n");
}

void
tcs_report_section_end(TcsReport *report)
{
	appendStringInfoString(report->page, "</section>\n");
}

/* The colour of a value on a scale from 0 to the greatest. */
int
tcs_report_step(double value, double greatest)
{
	int			step;

	if (!(value > 0) || !(greatest > 0))
		return 0;
	step = (int) ceil(value / greatest * (TCS_REPORT_STEPS - 1) - 1e-9);
	return Min(Max(step, 1), TCS_REPORT_STEPS - 1);
}
