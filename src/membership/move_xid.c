/*
 * move_xid.c
 *		The transaction that a row of moves was written by.
 */
#include "tcs.h"

#include "access/transam.h"
#include "access/xact.h"

PG_FUNCTION_INFO_V1(tcs_move_xid);

/*
 * For a generated column, which a dump does not hold: a restored row gets the
 * transaction that restores it.  As the default of a plain column the old
 * cluster's number would be restored, which says nothing in the new one, and
 * cursors would pass over the row, or return it again and again.
 */
Datum
tcs_move_xid(PG_FUNCTION_ARGS)
{
	FullTransactionId xid = GetTopFullTransactionId();

	PG_RETURN_UINT64(U64FromFullTransactionId(xid));
}
