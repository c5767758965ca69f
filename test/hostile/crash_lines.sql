\set customer random(1, 500)
\set other random(1, 500)
\set amount random(1, 100)
\set what random(1, 5)
BEGIN;
INSERT INTO touched DEFAULT VALUES;
\if :what <= 2
INSERT INTO header (customer) VALUES (:customer);
INSERT INTO line (header, amount) VALUES (currval('header_id_seq'), :amount), (currval('header_id_seq'), 7);
INSERT INTO line (header, amount) VALUES (currval('header_id_seq'), :amount);
\elif :what = 3
UPDATE line SET amount = :amount WHERE header IN (SELECT id FROM header WHERE customer = :customer);
\elif :what = 4
UPDATE header SET customer = :other WHERE id = (SELECT min(id) FROM header WHERE customer = :customer);
\else
DELETE FROM header WHERE id IN (SELECT id FROM header WHERE customer = :customer);
SAVEPOINT s;
DELETE FROM line WHERE header IN (SELECT id FROM header WHERE customer = :other);
ROLLBACK TO SAVEPOINT s;
\endif
COMMIT;
