\set customer random(1, 500)
\set other random(1, 500)
\set amount random(1, 100)
\set what random(1, 8)
BEGIN;
INSERT INTO touched DEFAULT VALUES;
\if :what = 1
INSERT INTO orders (customer, amount) VALUES (:customer, :amount);
\elif :what = 2
INSERT INTO orders (customer, amount, note) VALUES (:customer, :amount, 'note ' || :other % 100) ON CONFLICT (note) DO UPDATE SET amount = EXCLUDED.amount, customer = EXCLUDED.customer;
\elif :what = 3
UPDATE orders SET amount = :amount WHERE customer = :customer;
\elif :what = 4
UPDATE orders SET customer = :other WHERE id = (SELECT min(id) FROM orders WHERE customer = :customer);
\elif :what = 5
DELETE FROM orders WHERE customer = :customer;
\elif :what = 6
SAVEPOINT s;
INSERT INTO orders (customer, amount) VALUES (:customer, :amount);
ROLLBACK TO SAVEPOINT s;
UPDATE orders SET amount = amount + 10 WHERE customer = :other;
\elif :what = 7
INSERT INTO orders (customer, amount) SELECT 1 + (:customer + i) % 500, i FROM generate_series(1, 20) AS i;
\else
DELETE FROM orders WHERE id IN (SELECT id FROM orders ORDER BY id LIMIT 5);
SAVEPOINT s;
INSERT INTO orders (customer, amount) VALUES (:customer, :amount), (:other, 200 - :amount);
RELEASE SAVEPOINT s;
\endif
COMMIT;
