-- Buy till you die: fitting the models of repeat purchases, and models from
-- given numbers.

