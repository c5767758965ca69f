/*
 * try.c
 *		Calls whose errors need not be those of the transaction.
 */
#include "server/server.h"

#include "access/xact.h"
#include "utils/resowner.h"

/*
 * A cancelled query, no memory, corrupted data: what the caller must hear of,
 * whatever was tried.  An internal error is not of that kind: the server raises
 * it for many a bad argument of its functions.
 */
static bool
try_is_serious(int code)
{
	int			category = ERRCODE_TO_CATEGORY(code);

	return category == ERRCODE_OPERATOR_INTERVENTION ||
		category == ERRCODE_INSUFFICIENT_RESOURCES ||
		code == ERRCODE_DATA_CORRUPTED || code == ERRCODE_INDEX_CORRUPTED;
}

static bool
try_is_conflict(int code)
{
	return ERRCODE_TO_CATEGORY(code) == ERRCODE_TRANSACTION_ROLLBACK ||
		code == ERRCODE_LOCK_NOT_AVAILABLE;
}

bool
tcs_try(void (*function) (void *), void *arg, bool and_conflicts,
		ErrorData **error)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile bool fine = true;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		function(arg);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		*error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		fine = false;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;

	if (!fine && (try_is_serious((*error)->sqlerrcode) ||
				  (!and_conflicts && try_is_conflict((*error)->sqlerrcode))))
		ReThrowError(*error);
	return fine;
}
