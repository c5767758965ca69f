-- Matrices: two indexes and cuts give a cell.

