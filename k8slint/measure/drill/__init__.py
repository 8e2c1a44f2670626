"""An application is started here and stopped as the kubelet does it.

`plan` says what is done to a container, and `actions` what its hook and probes do. The steps are
`ready`, `hook`, `load` (with `requests` and `http`) and `work`; `run` puts them in order, and
`words` says what came of it.
"""
