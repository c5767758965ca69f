"""A segmentation through ODBC: made, refreshed, and every relation and report
read.  Arguments: the connection string and the queries.  Prints what
test/t/055_clients.pl expects, and fails where a value does not arrive as what it
is."""
import datetime
import decimal
import sys

import pyodbc

connection = pyodbc.connect(sys.argv[1])
cursor = connection.cursor()
cursor.execute("SELECT tcs.create_segmentation('odbc', 'shopper', 'customer', 's')")
connection.commit()
cursor.execute("UPDATE orders SET amount = amount + 200 WHERE customer = ?", 1)
row = cursor.execute("SELECT customers, moved FROM tcs.refresh_segmentation(?::regclass)", "odbc").fetchone()
print("refresh", row.customers, row.moved)
connection.commit()

plain = (int, float, str, bool, datetime.date, datetime.datetime, decimal.Decimal, type(None))
for query in sys.argv[2].split(";"):
    rows = cursor.execute(query.replace("$into", "odbc")).fetchall()
    for row in rows:
        for column, value in zip(cursor.description, row):
            assert isinstance(value, plain), (query, column, value)
            if column[0] in ("customers", "key", "id", "queue_length", "entered_customers"):
                assert isinstance(value, (int, type(None))) or column[0] == "key", (query, column, value)
            if column[0] in ("share", "psi", "value"):
                assert isinstance(value, (float, type(None))), (query, column, value)
    print("rows", len(rows))
row = cursor.execute("SELECT tcs.segment_at('odbc', ?::timestamptz, ?::integer)",
                     datetime.datetime.now() + datetime.timedelta(days=1), 1).fetchone()
print("at", str(row[0] == 'groß, "€"').lower())
print("keys", cursor.execute("SELECT customers FROM tcs.refresh_segmentation('odbc', ARRAY[1, 2, 2])").fetchone()[0])
connection.commit()
cursor.execute("SELECT tcs.drop_segmentation('odbc')")
connection.commit()
