-- Goals: a tree of goals and their measurements in the user's tables.

