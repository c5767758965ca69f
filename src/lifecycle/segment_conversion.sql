-- Conversion: how many of those who entered a segment went on to another.

