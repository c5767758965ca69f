/*
 * report_page.c
 *		The frame of a page: its head, tiles, sections side by side.
 */
#include "report/report.h"

#include "report/report_style.h"

static void
page_write_title(TcsReport *report, TcsReportWord title, bool is_plain)
{
	if (report->title == NULL)
		tcs_report_word(report, title);
	else if (is_plain)
		tcs_report_plain_data(report, report->title, TCS_REPORT_NAME);
	else
		tcs_report_data(report, report->title, TCS_REPORT_NAME);
}

void
tcs_report_page_head(TcsReport *report, TcsReportWord title)
{
	StringInfo	page = report->page;

	appendStringInfo(page,
					 "<!DOCTYPE html>\n"
					 "<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"%s\">\n<head>\n"
					 "<meta charset=\"utf-8\" />\n"
					 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n"
					 "<title>", tcs_report_language_tag(report->language));
	if (report->title != NULL || report->name == NULL)
		page_write_title(report, title, true);
	else
	{
		int			start = page->len;

		tcs_report_plain_data(report, report->name, TCS_REPORT_NAME);
		tcs_report_say(report, TCS_WORD_TITLE_OF, tcs_report_word_part(report, title),
					   tcs_report_take(report, start));
	}
	appendStringInfoString(page, "</title>\n<style>\n" TCS_REPORT_STYLE "</style>\n</head>\n<body>\n<main>\n"
						   "<header>\n<h1>");
	page_write_title(report, title, false);
	appendStringInfoString(page, "</h1>\n");
}

void
tcs_report_tile(TcsReport *report, const char *id, TcsReportWord label, double value)
{
	appendStringInfo(report->page, "<div class=\"tile\" id=\"%s\"><dt>", id);
	tcs_report_word(report, label);
	appendStringInfo(report->page, "</dt><dd data-v=\"%.15g\">", value);
}

void
tcs_report_tile_figure_end(TcsReport *report)
{
	appendStringInfoString(report->page, "</dd>");
}

void
tcs_report_tile_end(TcsReport *report)
{
	appendStringInfoString(report->page, "</div>\n");
}

void
tcs_report_pair(TcsReport *report, const char *class,
				void (*left) (TcsReport *), void (*right) (TcsReport *))
{
	if (left && right)
		appendStringInfo(report->page, "<div class=\"two %s\">\n", class);
	if (left)
		left(report);
	if (right)
		right(report);
	if (left && right)
		appendStringInfoString(report->page, "</div>\n");
}
