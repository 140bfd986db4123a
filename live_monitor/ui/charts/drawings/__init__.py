"""Lines, levels and notes that a person puts on the chart."""
