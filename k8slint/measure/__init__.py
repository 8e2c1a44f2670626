"""What really happened: drills, observed stops, and the file of drains that both add to.

- A drill: `plan` says what is done to a container, `actions` what its hook and probes do; `ready`,
  `hook`, `load` (with `requests` and `http`) and `work` are its steps, `drill` puts them in order,
  and `words` says what came of it.
- Stops in a cluster: `following` lists and watches, `observer` puts `stops` together, `session`
  runs both; `owner`, `predicted` and `tally` add to them, `observed_*` and `prometheus` show them.
- Both write measured `drains` (`drains_file`, `drains_text`).
- `kubectl` and `within` read a cluster, here and for `live`, the objects of `check --live`.
"""
