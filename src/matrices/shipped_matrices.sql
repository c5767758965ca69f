-- The rule sets of the matrices that the extension ships.

