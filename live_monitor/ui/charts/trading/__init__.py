"""Orders and the position as lines on the chart, and placing, moving and cancelling them there. Paper only."""
