/*
 * report_first.c
 *		A section of a report that names customers: whom to act on first.
 *
 * They are named only where the caller wants it, and may read them.
 */
#include "report/report.h"

#include "utils/builtins.h"

#include "rules/rules.h"

/* The first that anybody has: models that were never fitted say nothing; -1: none. */
static int
first_find_measure(TcsReport *report)
{
	tcs_report_query(report,
					 "SELECT bool_or(measure0 IS NOT NULL), bool_or(measure1 IS NOT NULL), bool_or(measure2 IS NOT NULL)\n"
					 "FROM " TCS_REPORT_SOURCE " WHERE is_member AND is_there");
	for (int i = 0; i < TCS_REPORT_MEASURES; i++)
		if (tcs_result_boolean(0, i + 1))
			return i;
	return -1;
}

/*
 * Segment by segment the first of its customers: segment, label, key, measure,
 * since when in the segment.  Who has no measure, or nothing of it, is not first
 * by it: somebody who never bought, of whose value nothing is known.
 */
static uint64
first_read_first(TcsReport *report, int measure)
{
	char	   *value = measure < 0 ? "NULL::float8" : psprintf("measure%d", measure);

	return tcs_report_query(report,
							psprintf("SELECT segment, label, key, value, to_char(since AT TIME ZONE $7, 'YYYY-MM-DD')\n"
									 "FROM (SELECT segment, %s AS label, key, %s AS value, since,\n"
									 "        row_number() OVER (PARTITION BY segment ORDER BY %s DESC NULLS LAST, since DESC, key) AS place,\n"
									 "        count(*) OVER (PARTITION BY segment) AS customers\n"
									 "    FROM " TCS_REPORT_SOURCE " WHERE is_member AND is_there) AS c\n"
									 "WHERE place <= %d AND customers >= %d%s\n"
									 "ORDER BY segment COLLATE \"C\", place",
									 report->label ? "label" : "key", value, value,
									 report->customers_wanted, report->k,
									 measure < 0 ? "" : " AND value IS NOT NULL"));
}

/* Where the customers of each segment begin in the answer; -1: there are none. */
static int64 *
first_find_segments(TcsReport *report, uint64 rows)
{
	int64	   *first = palloc((report->count + rows + 1) * sizeof(int64));
	int			before = -1;

	for (uint64 i = 0; i < report->count + rows + 1; i++)
		first[i] = -1;
	for (uint64 row = 0; row < rows; row++)
	{
		int			at = tcs_report_find(report, tcs_result_text(row, 1));

		if (at != before)
			first[at] = row;
		before = at;
	}
	return first;
}

/* What a customer is called, as the server writes it, whatever the settings. */
static void
first_write_label(TcsReport *report, uint64 row)
{
	TcsConditionSettings settings;
	char	   *label;

	tcs_conditions_begin(&settings, report->time_zone);
	label = tcs_result_string(row, tcs_result_isnull(row, 2) ? 3 : 2);
	tcs_conditions_end(&settings);
	tcs_report_data(report, label, TCS_REPORT_NAME);
}

static void
first_write_customers(TcsReport *report, const TcsReportSegment *segment, int measure, uint64 row, uint64 rows)
{
	StringInfo	page = report->page;
	char	   *name = segment->name;

	appendStringInfoString(page, "<div class=\"who\"><h3>");
	tcs_report_name(report, name);
	appendStringInfoString(page, "</h3>\n");
	if (segment->description)
		appendStringInfo(page, "<p class=\"say\">%s</p>\n",
						 tcs_report_data_part(report, segment->description, TCS_REPORT_LONG));
	appendStringInfoString(page, "<table>\n<thead><tr>");
	tcs_report_head(report, TCS_WORD_CUSTOMER);
	if (measure >= 0)
		tcs_report_money_head(report, tcs_report_measure[measure].word);
	tcs_report_number_head(report, TCS_WORD_IN_SINCE);
	appendStringInfoString(page, "</tr></thead>\n<tbody>\n");
	for (; row < rows; row++)
	{
		char	   *its = tcs_result_text(row, 1);

		if (its == NULL || name == NULL ? its != name : strcmp(its, name) != 0)
			break;
		appendStringInfoString(page, "<tr><th scope=\"row\">");
		first_write_label(report, row);
		appendStringInfoString(page, "</th>");
		if (measure >= 0)
			tcs_report_amount_cell(report, tcs_report_measure[measure].word, tcs_result_float(row, 4), true);
		appendStringInfo(page, "<td class=\"n soft\">%s</td></tr>\n", tcs_result_text(row, 5));
	}
	appendStringInfoString(page, "</tbody>\n</table></div>\n");
}

static void
first_write_lead(TcsReport *report, int measure)
{
	StringInfo	page = report->page;
	char	   *wanted = psprintf("%d", report->customers_wanted);

	appendStringInfoString(page, "<p class=\"lead\">");
	if (measure < 0)
		tcs_report_say(report, TCS_WORD_FIRST_LATEST_LEAD, wanted);
	else
		tcs_report_say(report, TCS_WORD_FIRST_LEAD, wanted,
					   tcs_report_word_part(report, tcs_report_measure[measure].word));
	if (report->k > 1)
	{
		tcs_report_word(report, TCS_WORD_SPACE);
		tcs_report_say(report, TCS_WORD_FIRST_TOO_FEW, psprintf("%d", report->k));
	}
	appendStringInfoString(page, "</p>\n<div class=\"whos\">\n");
}

void
tcs_report_first(TcsReport *report)
{
	int			measure;
	uint64		rows;
	int64	   *first;
	int			more = 0;

	if (report->customers_wanted == 0 || report->customers == 0)
		return;
	/* who wants names is told why there are none */
	if (!report->has_customers)
		(void) tcs_reading_source(report->reading, true);
	measure = first_find_measure(report);
	rows = first_read_first(report, measure);
	first = first_find_segments(report, rows);
	tcs_report_section(report, "first", TCS_WORD_FIRST);
	first_write_lead(report, measure);
	for (int i = 0; i < report->count; i++)
	{
		if (first[i] < 0)
			continue;
		if (report->segments[i].rank < TCS_REPORT_CARDS)
			first_write_customers(report, &report->segments[i], measure, first[i], rows);
		else
			more++;
	}
	appendStringInfoString(report->page, "</div>\n");
	tcs_report_more(report, TCS_WORD_MORE_SEGMENTS, more, -1);
	tcs_report_section_end(report);
}
