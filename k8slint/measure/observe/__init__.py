"""Stops are watched in a cluster, and held against their prediction.

`following` lists and watches, `observer` puts `stops` together, and `session` runs both. `owner`,
`predicted` and `tally` add to them; `text`, `json`, `prometheus` and `drains` show and keep them.
"""
