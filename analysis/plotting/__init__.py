"""The toolkit of the figures: style, panels, heat maps."""
