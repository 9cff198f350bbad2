"""Risk at run time: sane marks, adjustable limits, and their use."""
