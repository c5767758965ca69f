-- The value of a purchase: the Gamma-Gamma model.

