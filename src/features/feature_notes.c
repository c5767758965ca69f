/*
 * feature_notes.c
 *		Warnings: a feature that alone tells the outcome, one that is a key.
 *
 * They are looked for among the first rows of the table, which are a sample of all.
 */
#include "features/features.h"

#include "miscadmin.h"

#define SAMPLE		20000
#define LEAST_ROWS	50
#define LEAK_AUC	0.99
#define LEAK_SHARE	0.98

typedef struct NotedRow
{
	double		value;
	double		outcome;
} NotedRow;

static int
compare_noted_rows(const void *a, const void *b)
{
	double		left = ((const NotedRow *) a)->value;
	double		right = ((const NotedRow *) b)->value;

	return left < right ? -1 : left > right;
}

/* Mean of the outcome for each code of text, in place of the code. */
static void
noted_rows_rate(NotedRow *rows, int count, int levels)
{
	double	   *sum = palloc0((levels + 1) * sizeof(double));
	double	   *number = palloc0((levels + 1) * sizeof(double));

	for (int i = 0; i < count; i++)
	{
		sum[(int) rows[i].value] += rows[i].outcome;
		number[(int) rows[i].value]++;
	}
	for (int i = 0; i < count; i++)
		rows[i].value = sum[(int) rows[i].value] / number[(int) rows[i].value];
	pfree(sum);
	pfree(number);
}

/* The share of pairs of a 1 and a 0 that sorted rows put right, ties half. */
static double
noted_rows_auc(const NotedRow *rows, int count)
{
	double		ones = 0.0;
	double		zeros = 0.0;
	double		right = 0.0;

	for (int i = 0; i < count;)
	{
		double		one = 0.0;
		double		zero = 0.0;
		double		value = rows[i].value;

		for (; i < count && rows[i].value == value; i++)
		{
			one += rows[i].outcome;
			zero += 1.0 - rows[i].outcome;
		}
		right += one * (zeros + zero / 2.0);
		ones += one;
		zeros += zero;
	}
	/* too few of one kind prove nothing */
	return Min(ones, zeros) < 10.0 ? 0.5 : right / (ones * zeros);
}

static double
noted_rows_correlation(const NotedRow *rows, int count)
{
	double		x = 0.0;
	double		y = 0.0;
	double		xx = 0.0;
	double		xy = 0.0;
	double		yy = 0.0;

	for (int i = 0; i < count; i++)
	{
		x += rows[i].value / count;
		y += rows[i].outcome / count;
	}
	for (int i = 0; i < count; i++)
	{
		xx += (rows[i].value - x) * (rows[i].value - x);
		xy += (rows[i].value - x) * (rows[i].outcome - y);
		yy += (rows[i].outcome - y) * (rows[i].outcome - y);
	}
	return xx > 0.0 && yy > 0.0 ? xy * xy / xx / yy : 0.0;
}

static int
noted_rows_take(const TcsFeatureTable *table, const TcsFeature *feature, NotedRow *rows)
{
	int			count = 0;

	for (int64 i = 0; i < Min(table->rows, SAMPLE); i++)
		if (!isnan(feature->values[i]))
		{
			rows[count].value = feature->values[i];
			rows[count++].outcome = table->outcome ? table->outcome[i] : 0.0;
		}
	return count;
}

static bool
noted_rows_differ(const NotedRow *rows, int count)
{
	for (int i = 1; i < count; i++)
		if (rows[i].value == rows[i - 1].value)
			return false;
	return true;
}

/* One that alone tells a label from all others. */
static char *
feature_note_labels(const TcsFeatureTable *table, const TcsFeature *feature, NotedRow *rows)
{
	for (int label = 0; table->labels > 1 && label < table->labels; label++)
	{
		int			count = noted_rows_take(table, feature, rows);
		double		tells;

		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < count; i++)
			rows[i].outcome = rows[i].outcome == label ? 1.0 : 0.0;
		if (feature->kind == TCS_FEATURE_TEXT)
			noted_rows_rate(rows, count, feature->levels);
		qsort(rows, count, sizeof(NotedRow), compare_noted_rows);
		tells = noted_rows_auc(rows, count);
		tells = Max(tells, 1.0 - tells);
		if (tells >= LEAK_AUC)
			return psprintf("\"%s\" alone tells \"%s\", with an AUC of %.3f: was it known before the outcome was?",
							feature->name, table->label[label], tells);
	}
	return NULL;
}

static char *
feature_note(const TcsFeatureTable *table, TcsOutcome outcome, const TcsFeature *feature,
			 NotedRow *rows)
{
	int			count = noted_rows_take(table, feature, rows);
	double		tells;

	if (count < LEAST_ROWS)
		return NULL;
	if (outcome == TCS_OUTCOME_TEXT)
	{
		char	   *note = feature_note_labels(table, feature, rows);

		if (note != NULL)
			return note;
	}
	else if (feature->kind == TCS_FEATURE_TEXT && outcome != TCS_OUTCOME_NONE)
		noted_rows_rate(rows, count, feature->levels);
	qsort(rows, count, sizeof(NotedRow), compare_noted_rows);
	if (outcome == TCS_OUTCOME_BOOLEAN)
	{
		tells = noted_rows_auc(rows, count);
		tells = Max(tells, 1.0 - tells);
		if (tells >= LEAK_AUC)
			return psprintf("\"%s\" alone tells the outcome, with an AUC of %.3f: was it known before the outcome was?",
							feature->name, tells);
	}
	else if (outcome == TCS_OUTCOME_NUMBER)
	{
		tells = noted_rows_correlation(rows, count);
		if (tells >= LEAK_SHARE)
			return psprintf("\"%s\" alone tells the outcome, %.1f %% of its variance: was it known before the outcome was?",
							feature->name, 100.0 * tells);
	}
	if (feature->kind == TCS_FEATURE_INTEGER && noted_rows_differ(rows, count))
		return psprintf("\"%s\" is a whole number that differs in all rows: is it a key?", feature->name);
	return NULL;
}

char	  **
tcs_features_notes(const TcsFeatureTable *table, TcsOutcome outcome, int *count)
{
	NotedRow   *rows = palloc(Min(table->rows, SAMPLE) * sizeof(NotedRow));
	char	  **notes = palloc((table->features.count + 1) * sizeof(char *));

	*count = 0;
	for (int i = 0; i < table->features.count; i++)
	{
		char	   *note = feature_note(table, outcome, &table->features.feature[i], rows);

		CHECK_FOR_INTERRUPTS();
		if (note != NULL)
			notes[(*count)++] = note;
	}
	pfree(rows);
	return notes;
}
