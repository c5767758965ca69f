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
is_unseen(pg_wchar c)
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
is_joiner(pg_wchar c)
{
	return (c >= 0x200C && c <= 0x200F) || c == 0x061C || (c >= 0xE0000 && c <= 0xE007F);
}

/* Words, escaped for content and for attributes in quotes; at most so many characters. */
static void
write_words(TcsReport *report, const char *words, int most)
{
	int			length = strlen(words);
	const unsigned char *at;
	const unsigned char *end;
	pg_wchar	before = 0;
	char	   *utf8;

	if (GetDatabaseEncoding() == PG_SQL_ASCII)
		utf8 = (char *) words;
	else
		utf8 = pg_server_to_any(words, length, PG_UTF8);

	at = (const unsigned char *) utf8;
	end = at + strlen(utf8);
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
		if (is_unseen(c) || (is_joiner(c) && before < 0x80))
			c = REPLACEMENT;
		write_character(report->page, c);
		before = c;
		at += bytes;
	}
	if (utf8 != words)
		pfree(utf8);
}

void
tcs_report_text(TcsReport *report, const char *words)
{
	write_words(report, words, -1);
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
	if (segment == NULL)
		appendStringInfoString(report->page, "<i>no segment</i>");
	else if (segment[0] == '\0')
		appendStringInfoString(report->page, "<i>empty name</i>");
	else
		tcs_report_data(report, segment, TCS_REPORT_NAME);
}

/* What a list leaves out; a number of customers below zero is not said. */
void
tcs_report_more(TcsReport *report, int64 more, const char *what, int64 customers)
{
	if (more <= 0)
		return;
	appendStringInfo(report->page, "<p class=\"note\">And <span data-v=\"" INT64_FORMAT "\">", more);
	tcs_report_count(report, more);
	appendStringInfo(report->page, "</span> more %s", what);
	if (customers >= 0)
	{
		appendStringInfo(report->page, ", with <span data-v=\"" INT64_FORMAT "\">", customers);
		tcs_report_count(report, customers);
		appendStringInfo(report->page, "</span> customer%s", customers == 1 ? "" : "s");
	}
	appendStringInfoString(report->page, ".</p>\n");
}

/* Digits in groups of three, which a narrow space separates that never breaks. */
static void
write_grouped(StringInfo page, const char *digits)
{
	const char *point;
	int			whole;

	if (*digits == '-')
	{
		appendStringInfoString(page, "&#8722;");
		digits++;
	}
	point = strchr(digits, '.');
	whole = point ? point - digits : strlen(digits);
	for (int i = 0; i < whole; i++)
	{
		if (i > 0 && (whole - i) % 3 == 0)
			appendStringInfoString(page, "&#8239;");
		appendStringInfoChar(page, digits[i]);
	}
	if (point)
		appendStringInfoString(page, point);
}

void
tcs_report_count(TcsReport *report, int64 value)
{
	char		digits[32];

	snprintf(digits, sizeof(digits), INT64_FORMAT, value);
	write_grouped(report->page, digits);
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
	write_grouped(report->page, digits);
}

/* A number that is written already, or something else that is not digits. */
void
tcs_report_figure(TcsReport *report, const char *words)
{
	bool		is_negative = *words == '-';

	if (strspn(words + is_negative, "0123456789.") < strlen(words + is_negative))
		tcs_report_text(report, words);
	else
		write_grouped(report->page, is_negative && strspn(words, "-0.") == strlen(words) ? words + 1 : words);
}

/* A share in percent, to a tenth; what is there does not show as nothing. */
void
tcs_report_percent(TcsReport *report, double share)
{
	if (isnan(share))
		appendStringInfoString(report->page, "&#8211;");
	else if (share > 0 && share < 0.0005)
		appendStringInfoString(report->page, "&lt;&#8239;0.1&#8239;%");
	else
		appendStringInfo(report->page, "%.1f&#8239;%%", 100 * share);
}

/* Cells carry the number itself as well, for whoever reads the page by program. */
void
tcs_report_count_cell(TcsReport *report, int64 value)
{
	appendStringInfo(report->page, "<td class=\"n\" data-v=\"" INT64_FORMAT "\">", value);
	tcs_report_count(report, value);
	appendStringInfoString(report->page, "</td>");
}

void
tcs_report_amount_cell(TcsReport *report, double value, bool cents)
{
	if (isnan(value))
	{
		appendStringInfoString(report->page, "<td class=\"n soft\">&#8211;</td>");
		return;
	}
	appendStringInfo(report->page, "<td class=\"n\" data-v=\"%.15g\">", value);
	tcs_report_amount(report, value, cents);
	appendStringInfoString(report->page, "</td>");
}

void
tcs_report_percent_cell(TcsReport *report, double share)
{
	if (isnan(share))
	{
		appendStringInfoString(report->page, "<td class=\"n soft\">&#8211;</td>");
		return;
	}
	appendStringInfo(report->page, "<td class=\"n soft\" data-v=\"%.15g\">", share);
	tcs_report_percent(report, share);
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
tcs_report_section(TcsReport *report, const char *id, const char *title)
{
	appendStringInfo(report->page,
					 "<section id=\"%s\" aria-labelledby=\"%s-title\">\n<h2 id=\"%s-title\">%s</h2>\n",
					 id, id, id, title);
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
