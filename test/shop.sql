-- shop.sql: a made-up online shop, to try the extension on.
--
--     psql -d database -v customers=20000 -v seed=1 -v as_of=2026-06-30 -f test/shop.sql
--
-- All variables have defaults. The schema shop is made anew and holds two years of
-- orders that end the day before as_of, about ten for each customer.
--
-- What the shop is like: customers buy at rates that differ widely (gamma
-- distributed) and leave for good after any order, each with a probability of
-- their own. A fifth never buys, most buyers buy once, a few buy weekly.
-- What an order is worth is log-normal around a level that belongs to the
-- customer. Whom a friend sent stays longer, whom an advert did often never buys.
-- December is busy, February is not. Some orders are cancelled,
-- some are refunded, and some days see two or three orders by one customer.
--
-- Every figure is a hash of (seed, customer, what the figure is for), so the
-- same variables give the same shop on every server and under every plan.

\if :{?customers} \else \set customers 20000 \endif
\if :{?seed} \else \set seed 1 \endif
\if :{?as_of} \else \set as_of today \endif

SET client_min_messages = warning;
SET jit = off;
SET search_path = pg_catalog;
DROP SCHEMA IF EXISTS shop CASCADE;
CREATE SCHEMA shop;

\set random shop
\ir random.sql

CREATE TABLE shop.customers (
	customer_id bigint PRIMARY KEY,
	name text NOT NULL,
	country text NOT NULL,
	channel text NOT NULL,
	signed_up date NOT NULL
);

CREATE TABLE shop.orders (
	order_id bigint NOT NULL,
	customer_id bigint NOT NULL,
	ordered_at timestamptz NOT NULL,
	status text NOT NULL CHECK (status IN ('paid', 'cancelled', 'refund')),
	amount numeric(12,2) NOT NULL,
	currency text NOT NULL,
	refund_of bigint
);

CREATE TABLE shop.currencies (
	currency text PRIMARY KEY,
	euros numeric(8,4) NOT NULL
);

INSERT INTO shop.currencies VALUES ('EUR', 1), ('CHF', 1.05), ('GBP', 1.17);

-- The days of the log. Shop time runs faster on busy days: before is the
-- shop time at which a day begins.
CREATE TEMP TABLE shop_day AS
SELECT row_number() OVER w AS n,
	day,
	sum(busy) OVER w - busy AS before,
	sum(busy) OVER () AS total
FROM (SELECT day,
		('{0.85,0.8,0.9,0.95,1,0.9,0.85,0.85,0.95,1.05,1.3,1.6}'::float8[])[extract(month FROM day)::int]
		* CASE WHEN extract(isodow FROM day) = 7 THEN 1.2 ELSE 0.965 END AS busy
	FROM (SELECT :'as_of'::date - ago AS day FROM generate_series(1, 730) AS ago) AS a) AS d
WINDOW w AS (ORDER BY day);

-- What each customer is like. Half the square of a normal deviate and an
-- exponential one add up to a gamma deviate of shape 3/2; the chance to leave
-- follows Kumaraswamy's distribution.
CREATE TEMP TABLE shop_customer AS
SELECT customer_id,
	stream,
	1 + floor(730 * shop.uniform(stream, 1) ^ 1.1)::int AS joined,
	0.004 + 0.1 * (shop.normal(stream, 2) ^ 2 / 2 - ln(shop.uniform(stream, 15))) AS rate,
	0.001 + 0.998 * (1 - (1 - shop.uniform(stream, 4)) ^ 3.1) ^ 5.2 AS leaves,
	ln(32) + 0.55 * shop.normal(stream, 5) AS spend_level,
	shop.uniform(stream, 7) < 0.85 AS buys,
	CASE WHEN shop.uniform(stream, 8) < 0.4 THEN 0
		ELSE -6 * ln(shop.uniform(stream, 9)) END AS hesitates,
	shop.uniform(stream, 10) AS country_draw
FROM (SELECT customer_id, hashint8extended(customer_id, :seed) AS stream
	FROM generate_series(1, :customers::bigint) AS customer_id) AS c;

INSERT INTO shop.customers
SELECT customer_id,
	('{Ada,Anton,Bela,Carla,Chiara,Daan,Elif,Emma,Felix,Greta,Hugo,Ida,Ines,Jonas,Julia,Karim,Lena,Leo,Lucia,Maja,Marek,Marta,Nina,Noah,Oskar,Paula,Pia,Rosa,Sami,Tom,Vera,Zoe}'::text[])
		[1 + floor(32 * shop.uniform(stream, 11))::int]
	|| ' ' ||
	('{Abel,Adler,Becker,Berg,Bianchi,Brandt,Costa,Demir,Duval,Ernst,Fischer,Garcia,Haas,Horvat,Jansen,Keller,Kowalski,Lang,Martin,Meyer,Moreau,Novak,Olsen,Petit,Peters,Roth,Russo,Schmid,Silva,Vogel,Weber,Winter}'::text[])
		[1 + floor(32 * shop.uniform(stream, 12))::int],
	CASE WHEN country_draw < 0.58 THEN 'DE' WHEN country_draw < 0.72 THEN 'FR'
		WHEN country_draw < 0.82 THEN 'AT' WHEN country_draw < 0.92 THEN 'CH' ELSE 'GB' END,
	(CASE WHEN NOT buys THEN '{search,advert,advert,advert,advert,newsletter}'
		WHEN leaves < 0.2 THEN '{search,search,advert,friend,friend,newsletter}'
		ELSE '{search,search,advert,advert,friend,newsletter}' END::text[])
		[1 + floor(6 * shop.uniform(stream, 13))::int],
	day
FROM shop_customer
JOIN shop_day ON n = joined
ORDER BY customer_id;

-- The occasions of each customer: exponential gaps in shop time, until the
-- customer leaves or the log ends.
CREATE TEMP TABLE shop_occasion AS
WITH calendar AS (
	SELECT array_agg(before ORDER BY n) AS before, array_agg(day ORDER BY n) AS days,
		max(total) AS total
	FROM shop_day)
SELECT customer_id, stream, country_draw, spend_level, nth,
	days[width_bucket(happens, before)] AS day
FROM calendar
CROSS JOIN (SELECT *, 1 + floor(least(ln(shop.uniform(stream, 14)) / ln(1 - leaves), 999))::int AS occasions
	FROM shop_customer
	WHERE buys) AS c
CROSS JOIN LATERAL (
	SELECT nth,
		before[joined] + hesitates
			+ sum(CASE WHEN nth > 1 THEN -ln(shop.uniform(stream, nth * 16)) / rate ELSE 0 END)
				OVER (ORDER BY nth ROWS UNBOUNDED PRECEDING) AS happens
	FROM generate_series(1, least(occasions, 3 + ceil(3 * rate * (total - before[joined]))::int)) AS nth) AS o
WHERE happens < total;

-- The orders, numbered as they came in. Shops are busiest in the evening.
INSERT INTO shop.orders
SELECT row_number() OVER (ORDER BY ordered_at, customer_id, nth, part),
	customer_id, ordered_at,
	CASE WHEN shop.uniform(stream, nth * 16 + part * 4) < 0.04 THEN 'cancelled' ELSE 'paid' END,
	greatest(1, round(exp(spend_level + 0.45 * shop.normal(stream, nth * 16 + part * 4 + 1))::numeric, 2)),
	CASE WHEN country_draw < 0.82 THEN 'EUR' WHEN country_draw < 0.92 THEN 'CHF' ELSE 'GBP' END,
	NULL
FROM (SELECT *,
		(day + interval '7 hours'
			+ floor(57600 * sqrt(shop.uniform(stream, nth * 16 + 1))) * interval '1 second'
			+ (part - 1) * interval '23 minutes') AT TIME ZONE 'Europe/Berlin' AS ordered_at
	FROM shop_occasion
	CROSS JOIN LATERAL generate_series(1, CASE WHEN shop.uniform(stream, nth * 16 + 2) < 0.93 THEN 1
		WHEN shop.uniform(stream, nth * 16 + 2) < 0.99 THEN 2 ELSE 3 END) AS part) AS o;

-- Refunds come days later, of all or of a part, as rows of their own.
INSERT INTO shop.orders
SELECT (SELECT max(order_id) FROM shop.orders) + row_number() OVER (ORDER BY order_id),
	customer_id, refunded_at, 'refund', -refunded, currency, order_id
FROM (SELECT *,
		ordered_at + (2 + 18 * shop.uniform(order_id, :seed + 1)) * interval '24 hours' AS refunded_at,
		CASE WHEN shop.uniform(order_id, :seed + 2) < 0.6 THEN amount
			ELSE round(amount * (0.2 + 0.6 * shop.uniform(order_id, :seed + 3))::numeric, 2) END AS refunded
	FROM shop.orders
	WHERE status = 'paid' AND shop.uniform(order_id, :seed) < 0.035) AS o
WHERE refunded_at < (:'as_of'::date)::timestamp AT TIME ZONE 'Europe/Berlin';

DROP TABLE shop_day, shop_customer, shop_occasion;
DROP FUNCTION shop.normal(bigint, bigint);
DROP FUNCTION shop.uniform(bigint, bigint);

ALTER TABLE shop.orders ADD PRIMARY KEY (order_id);
ALTER TABLE shop.orders ADD FOREIGN KEY (customer_id) REFERENCES shop.customers;
ALTER TABLE shop.orders ADD FOREIGN KEY (refund_of) REFERENCES shop.orders;
CREATE INDEX ON shop.orders (customer_id);
ANALYZE shop.customers, shop.orders;

RESET search_path;
RESET jit;
RESET client_min_messages;
