-- What a model of repeat purchases says about one customer.

