"""The page on which a person chooses the studies of a chart."""
