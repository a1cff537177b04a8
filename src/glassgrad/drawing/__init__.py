"""Drawing: a graph becomes boxes, arrows and texts in their places, and those become an SVG."""
