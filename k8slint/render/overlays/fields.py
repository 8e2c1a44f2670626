"""The keys of kustomizations and of their plugins that hold paths."""

from __future__ import annotations

from k8slint.type_names import TypeAlias

# Which keys hold paths, and of which kind; None for keys without paths.
Places: TypeAlias = dict[str, "Places"] | str | None

SOURCES: dict[str, Places] = {"files": "source", "envs": "file", "env": "file", "literals": None}
_PATH: Places = {"path": "file"}
# All keys of a kustomization (api/types/kustomization.go).
KUSTOMIZATION: dict[str, Places] = {
    **dict.fromkeys(("resources", "bases", "components"), "any"),
    **dict.fromkeys(("crds", "configurations"), "file"),
    **dict.fromkeys(("generators", "transformers", "validators"), "plugin"),
    **dict.fromkeys(("configMapGenerator", "secretGenerator"), SOURCES),
    **dict.fromkeys(("openapi", "patches", "patchesJson6902", "replacements"), _PATH),
    "patchesStrategicMerge": "patch",
    **dict.fromkeys(("apiVersion", "kind", "metadata", "namePrefix", "nameSuffix", "namespace")),
    **dict.fromkeys(("commonLabels", "labels", "commonAnnotations", "images", "imageTags")),
    **dict.fromkeys(("replicas", "vars", "sortOptions", "generatorOptions", "buildMetadata")),
    **dict.fromkeys(("helmCharts", "helmChartInflationGenerator", "helmGlobals")),
}
# The configurations of kustomize's built-in plugins, by their kinds (api/internal/builtins).
PLUGINS: dict[str, Places] = {
    **dict.fromkeys(("ConfigMapGenerator", "SecretGenerator"), SOURCES),
    **dict.fromkeys(("PatchTransformer", "PatchJson6902Transformer"), _PATH),
    "PatchStrategicMergeTransformer": {"paths": "patch"},
    "ReplacementTransformer": {"replacements": _PATH},
    "ValueAddTransformer": {"targetFilePath": "file"},
    **dict.fromkeys(("AnnotationsTransformer", "LabelTransformer", "NamespaceTransformer")),
    **dict.fromkeys(("PrefixTransformer", "SuffixTransformer", "PrefixSuffixTransformer")),
    **dict.fromkeys(("ImageTagTransformer", "ReplicaCountTransformer", "HashTransformer")),
    **dict.fromkeys(("SortOrderTransformer", "LegacyOrderTransformer", "IAMPolicyGenerator")),
}
# A kustomization of plugins, with no key that changes them.
PLAIN: dict[str, Places] = {
    "resources": "plugin",
    **dict.fromkeys(("apiVersion", "kind", "metadata")),
}
CHART_GENERATOR = "HelmChartInflationGenerator"
