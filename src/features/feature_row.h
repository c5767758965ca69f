/*
 * feature_row.h
 *		The columns of a row, read as features are.
 */
#ifndef TCS_FEATURE_ROW_H
#define TCS_FEATURE_ROW_H

#include "features/features.h"

#include "access/tupdesc.h"
#include "utils/typcache.h"

#define TCS_FEATURE_REFUSED TCS_FEATURE_KINDS	/* a type that is no feature */
#define TCS_LEVEL_BYTES 200		/* a longer text is "other" */

#define FEATURE_LABELS 16

/* A column of a row; its place is that in the type. */
typedef struct TcsRowColumn
{
	int			place;
	Oid			type;			/* below any domain */
	int			kind;			/* a TcsFeatureKind, or TCS_FEATURE_REFUSED */
	FmgrInfo	output;			/* of types that are written as text */
	Oid			labels[FEATURE_LABELS]; /* of an enum, looked up before ... */
	char	   *label[FEATURE_LABELS];	/* ... and their names */
} TcsRowColumn;

/* What a call site knows of the type of the rows that it is given. */
struct TcsFeatureReader
{
	MemoryContext context;		/* holds all of it */
	uint64		number;			/* no other reader has it */
	Oid			type;
	int32		typmod;
	TypeCacheEntry *entry;		/* of a named type, to see that it changes */
	uint64		identifier;
	TupleDesc	columns;
	int			count;			/* columns that are not dropped */
	TcsRowColumn *column;
	Datum	   *values;			/* of the row read last, by place */
	bool	   *nulls;
};

/*
 * The reader for rows of the type of this one: that which is kept, or a new one in
 * its place, in that context.
 */
extern TcsFeatureReader *tcs_feature_reader(TcsFeatureReader **kept, MemoryContext context,
											HeapTupleHeader row);

static inline const char *
tcs_row_column_name(const TcsFeatureReader *reader, int column)
{
	return NameStr(TupleDescAttr(reader->columns, reader->column[column].place)->attname);
}

/* Take a row apart. */
extern void tcs_feature_read(TcsFeatureReader *reader, HeapTupleHeader row);

/*
 * The value of a column that is not text, of the row read last: NaN where it is
 * missing, an error where it is infinite.
 */
extern double tcs_row_number(TcsFeatureReader *reader, int column);

/* One that is text: NULL where missing; it lives as long as the row. */
extern const char *tcs_row_text(TcsFeatureReader *reader, int column, Size *length);

/* Refuse a column whose type is no feature. */
extern void tcs_row_refuse(const TcsFeatureReader *reader, int column) pg_attribute_noreturn();

#endif							/* TCS_FEATURE_ROW_H */
