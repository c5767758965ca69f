/*
 * report.h
 *		One HTML page about a segmentation, or about a metrics view: report_metrics.h.
 *
 * The page is plain ASCII and well-formed XML: all that comes from users is
 * escaped on its way into it, characters beyond ASCII as numbers.  Nothing in it
 * depends on the session's settings or on the clock.
 *
 * All that it tells of changes is about one period, which ends with the moment
 * that the page is as of.  The moves in it are read once.
 */
#ifndef TCS_REPORT_H
#define TCS_REPORT_H

#include "membership/cause.h"
#include "membership/reading.h"
#include "report/report_words.h"
#include "server/server.h"

#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "utils/float.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

/* colours of a scale, and the classes h0, h1, ... for them in the style sheet */
#define TCS_REPORT_STEPS 10

/*
 * How much a page shows, so that it stays one that can be sent, whatever there
 * is: where there are more segments, the largest, and how many more.
 */
#define TCS_REPORT_ROWS		100 /* of tables of segments and of rules */
#define TCS_REPORT_MATRIX	40	/* segments of a matrix; more: none */
#define TCS_REPORT_MOVES	10	/* in the list of moves beside a matrix */
#define TCS_REPORT_MORE_MOVES 50	/* and without one */
#define TCS_REPORT_CHARTS	40
#define TCS_REPORT_CARDS	60
#define TCS_REPORT_CUSTOMERS 100	/* of a segment, by name */

/* characters of a name, and of what is longer than a name */
#define TCS_REPORT_NAME		200
#define TCS_REPORT_LONG		2000
#define TCS_REPORT_CURRENCY 12

/* How a segment's share changed in the period. */
typedef struct TcsReportDrift
{
	int64		customers[2];
	double		share[2];
	double		psi;
} TcsReportDrift;

typedef struct TcsReportSegment
{
	char	   *name;			/* NULL: no segment */
	char	   *description;	/* in its rules; NULL: none or several */
	int64		customers;
	double		revenue;
	TcsReportDrift *drift;		/* NULL: nobody was there at both moments */
	int			rank;			/* by customers, from 0 */
} TcsReportSegment;

/* Customers who were here at the one moment and there at the other. */
typedef struct TcsReportFlow
{
	int			from;			/* places in the list of segments */
	int			to;
	int64		customers;
	double		revenue;		/* NaN: not known */
} TcsReportFlow;

#define TCS_REPORT_ABSENT (-1)	/* the place of those who were not there */
#define TCS_REPORT_MERGED (-2)	/* or are another customer by now */

/* What the flows of a period come to. */
typedef struct TcsReportTotals
{
	int64		before;			/* customers at its begin */
	int64		after;
	int64		moved;
	int64		entered;
	int64		left;
	double		worth;			/* of those who moved */
	double		psi;			/* NaN: there was nobody to compare */
} TcsReportTotals;

typedef struct TcsReport
{
	StringInfo	page;

	/* how it is wanted */
	TcsReportLanguage language;
	char	   *title;			/* NULL: our own */
	char	   *currency;		/* NULL: not said */
	int			customers_wanted;	/* of each segment, by name */
	char	   *label;			/* what they are called; NULL: by their key */
	List	   *attributes;		/* of cards; NIL: all that tell something */
	List	   *columns;		/* those that they tell, quoted */
	int			k;				/* what fewer customers have is not told */

	/* the segmentation; what is SQL text is quoted */
	Oid			into;
	TcsReading *reading;
	char	   *name;			/* as the user writes it */
	char	   *moves;
	char	   *key_equal;
	char	   *source;			/* NULL when it is gone */
	Oid			source_oid;
	char	   *key_column;
	char	   *rule_set;		/* the plain name */
	char	   *time_zone;
	bool		has_customers;	/* may the caller read the key in the source? */
	bool		has_revenue;
	bool		has_scores;

	/* when: Datums, and texts in the language of the page */
	Interval   *period;			/* that is wanted */
	bool		is_loaded;
	bool		is_young;		/* the segmentation is younger than that */
	bool		has_prior;		/* there is a period before it */
	Datum		as_of;			/* and the end of the period */
	Datum		from_time;
	Datum		prior_time;		/* the begin of the one before it */
	char	   *as_of_text;
	char	   *from_day;
	char	   *to_day;
	char	   *prior_day;
	char	   *period_name;	/* such as: the last 30 days */
	char	   *span;			/* such as: in the last 30 days, or since when */
	char	   *unit;			/* of the sizes: day, week, month or year */

	/* who: in the order of the rules, then those that are in none */
	TcsReportSegment *segments;
	int			count;
	int			current;		/* the first of them: the rules' and those
								 * with customers */
	int			room;
	struct segment_names_hash *names;
	int			unnamed;		/* the place of no segment; -1: it has none */
	int64		customers;
	double		revenue;
	Tuplestorestate *store;		/* see report_source.c; NULL: not read */

	/* what changed */
	TcsReportFlow *flows;
	int64		flow_count;
	TcsReportTotals totals;
	TcsReportTotals prior;		/* if there is one */
} TcsReport;

/* report_write.c: elements of a page */

/* A word of our own, with what goes to its places; that is written already. */
extern void tcs_report_word(TcsReport *report, TcsReportWord word);
extern void tcs_report_say_with(TcsReport *report, TcsReportWord word,
								const char *const *parts);
#define tcs_report_say(report, word, ...) \
	tcs_report_say_with(report, word, (const char *const[]) {__VA_ARGS__, NULL})

/*
 * What was written since the page had that length, taken off it again; and the
 * same of a word, of a count, of words from elsewhere.
 */
extern char *tcs_report_take(TcsReport *report, int start);
extern char *tcs_report_word_part(TcsReport *report, TcsReportWord word);
extern char *tcs_report_count_part(TcsReport *report, int64 value);
extern char *tcs_report_data_part(TcsReport *report, const char *words, int most);
extern char *tcs_report_name_part(TcsReport *report, const char *segment);
extern char *tcs_report_percent_part(TcsReport *report, double share);
extern char *tcs_report_money_part(TcsReport *report, double value);

/* A word within an element, such as "p", or "p class=..."; NULL: all right. */
extern void tcs_report_line(TcsReport *report, const char *element, TcsReportWord word);
#define tcs_report_line_say(report, element, word, ...) \
	tcs_report_line_with(report, element, word, (const char *const[]) {__VA_ARGS__, NULL})
extern void tcs_report_line_with(TcsReport *report, const char *element,
								 TcsReportWord word, const char *const *parts);

/*
 * Words from elsewhere, at most so many characters of them: isolated, so that
 * which way they are written changes nothing around them, with what cannot be
 * seen made visible.  For content, and for attributes and titles, where no
 * elements can be.
 */
extern void tcs_report_data(TcsReport *report, const char *words, int most);
extern void tcs_report_plain_data(TcsReport *report, const char *words, int most);

/* Words of our own that are put together already, in UTF-8. */
extern void tcs_report_own_words(TcsReport *report, const char *utf8);

/* What is ASCII and no markup, such as figures that are written already. */
extern void tcs_report_text(TcsReport *report, const char *words);

extern void tcs_report_name(TcsReport *report, const char *segment);
extern void tcs_report_count(TcsReport *report, int64 value);
extern void tcs_report_amount(TcsReport *report, double value, bool cents);
extern void tcs_report_money(TcsReport *report, double value, bool cents);
extern void tcs_report_figure(TcsReport *report, const char *words);
extern void tcs_report_percent(TcsReport *report, double share);
extern void tcs_report_change(TcsReport *report, int64 before, int64 after);

/* A day of the form YYYY-MM-DD, and a moment with HH24:MI after it. */
extern char *tcs_report_day(TcsReport *report, const char *day);
extern char *tcs_report_moment(TcsReport *report, const char *moment);

/*
 * Cells, which carry the name of their column, for where there is no room for
 * columns, and the number itself, for whoever reads the page by program.
 */
extern void tcs_report_cell(TcsReport *report, TcsReportWord column, const char *class,
							double value);
extern void tcs_report_count_cell(TcsReport *report, TcsReportWord column, int64 value);
extern void tcs_report_amount_cell(TcsReport *report, TcsReportWord column, double value,
								   bool cents);
extern void tcs_report_percent_cell(TcsReport *report, TcsReportWord column, double share);
extern void tcs_report_change_cell(TcsReport *report, TcsReportWord column,
								   const TcsReportDrift *drift);
extern void tcs_report_bar(TcsReport *report, double share);

/* The head of a column: of words, of numbers, of bars; one of money says which. */
extern void tcs_report_head(TcsReport *report, TcsReportWord column);
extern void tcs_report_number_head(TcsReport *report, TcsReportWord column);
extern void tcs_report_money_head(TcsReport *report, TcsReportWord column);
#define TCS_REPORT_BAR_HEAD "<td class=\"bar\"></td>"

/*
 * A table that becomes blocks where there is no room for columns, and what it is
 * about: as of when, or of the period.  Its head follows.
 */
extern void tcs_report_table(TcsReport *report, const char *class, TcsReportWord caption,
							 bool of_period);
extern void tcs_report_caption(TcsReport *report, TcsReportWord caption, bool of_period);

/* Begin and end a section; a lead may follow the title. */
extern void tcs_report_section(TcsReport *report, const char *id, TcsReportWord title);
extern void tcs_report_section_end(TcsReport *report);

/* What a list leaves out, if anything; less than no customers are not said. */
extern void tcs_report_more(TcsReport *report, TcsReportWord word, int64 more, int64 customers);

extern int	tcs_report_step(double value, double greatest);

/* report_page.c: the frame of a page */

/*
 * The head, with a title unless one was given.  The caller writes what the page
 * is about, and ends the header.
 */
extern void tcs_report_page_head(TcsReport *report, TcsReportWord title);

/* A tile: what it is called, its figure, which the caller writes, and lines below. */
extern void tcs_report_tile(TcsReport *report, const char *id, TcsReportWord label,
							double value);
extern void tcs_report_tile_figure_end(TcsReport *report);
#define tcs_report_tile_line(report, word, ...) \
	tcs_report_line_say(report, "dd class=\"more\"", word, __VA_ARGS__)
extern void tcs_report_tile_end(TcsReport *report);

/* Two sections side by side, where there is room; either may not be there. */
extern void tcs_report_pair(TcsReport *report, const char *class,
							void (*left) (TcsReport *), void (*right) (TcsReport *));

/* report_run.c */

/* Run a query; the arguments that it has are the segmentation and the times. */
extern uint64 tcs_report_query(TcsReport *report, const char *sql);

/* report_query.c: what is asked of the server for all sections */
extern void tcs_report_read(TcsReport *report, Oid into);
extern int	tcs_report_find(TcsReport *report, const char *name);

/* report_source.c */

/*
 * What was read of the source and of the members: segment, key, since, is_member,
 * source_key, is_there (in the source), and, as far as sections need it, revenue, r, f, the
 * measures by number, label, the attributes by number.  It is there where
 * customers may be read.
 */
#define TCS_REPORT_SOURCE "tcs_report_source"

/* What customers are put in order by: the first that says something of anybody. */
typedef struct TcsReportMeasure
{
	const char *column;
	TcsReportWord word;
} TcsReportMeasure;

#define TCS_REPORT_MEASURES 3

extern const TcsReportMeasure tcs_report_measure[TCS_REPORT_MEASURES];

extern void tcs_report_source_read(TcsReport *report);

/* report_columns.c */

/*
 * The columns of the source that cards tell of, quoted: those that were asked
 * for or, of those that the caller may read, what is neither the key or the
 * label, nor read by the rules, nor a score of a metrics view.
 */
extern List *tcs_report_attributes(TcsReport *report);

/* An error unless the source has that column, for the caller too. */
extern void tcs_report_column(TcsReport *report, const char *name, const char *argument);

/* report_tables.c: sections, as those below */
extern void tcs_report_segments(TcsReport *report);
extern void tcs_report_scores(TcsReport *report);
extern void tcs_report_drift(TcsReport *report);
extern void tcs_report_rules(TcsReport *report);

/* report_charts.c */
extern void tcs_report_lorenz(TcsReport *report);
extern void tcs_report_sizes(TcsReport *report);

/* report_moves.c */
extern void tcs_report_moves(TcsReport *report);
extern void tcs_report_causes(TcsReport *report);
extern void tcs_report_migration(TcsReport *report);

/* report_predictions.c: where a metrics view beneath the source was held against its past */
extern void tcs_report_predictions(TcsReport *report);

/* report_persona.c */
extern void tcs_report_personas(TcsReport *report);

/* report_first.c */

extern void tcs_report_first(TcsReport *report);

#endif							/* TCS_REPORT_H */
