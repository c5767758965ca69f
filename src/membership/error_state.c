/*
 * error_state.c
 *		Errors that fail nobody's transaction: noted in the state.
 */
#include "membership/failure.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

typedef struct Note
{
	const TcsSegmentation *segmentation;
	const ErrorData *error;
} Note;

char *
tcs_error_text(const ErrorData *error)
{
	return error->detail ? psprintf("%s; %s", error->message, error->detail) :
		pstrdup(error->message);
}

static void
note_write(void *arg)
{
	Note	   *note = arg;
	const char *state = note->segmentation->part[TCS_PART_STATE];
	Oid			types[] = {TEXTOID, TEXTOID};
	Datum		values[lengthof(types)];

	values[0] = CStringGetTextDatum(tcs_error_text(note->error));
	values[1] = CStringGetTextDatum(unpack_sql_state(note->error->sqlerrcode));
	SPI_connect();
	tcs_run_with(psprintf("UPDATE %s SET last_error = $1, last_error_state = $2,\n"
						  "    last_error_at = clock_timestamp()\n"
						  "WHERE one_row IN (SELECT one_row FROM %s FOR UPDATE SKIP LOCKED)",
						  state, state),
				 lengthof(types), types, values, NULL, SPI_OK_UPDATE);
	SPI_finish();
}

void
tcs_error_note(const TcsSegmentation *segmentation, const ErrorData *error)
{
	Note		note = {segmentation, error};
	ErrorData  *failure;

	if (!tcs_try(note_write, &note, true, &failure))
		FreeErrorData(failure);
}

void
tcs_error_clear(const TcsSegmentation *segmentation)
{
	SPI_connect();
	tcs_run(psprintf("UPDATE %s SET last_error = NULL, last_error_state = NULL, last_error_at = NULL\n"
					 "WHERE last_error_at IS NOT NULL", segmentation->part[TCS_PART_STATE]),
			SPI_OK_UPDATE);
	SPI_finish();
}
