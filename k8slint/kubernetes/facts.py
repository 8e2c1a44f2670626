"""Documents read for facts about the objects that are no workloads."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from k8slint.kubernetes.config_maps import may_matter, read_config_map
from k8slint.kubernetes.kinds import CONTAINERS_OF_OBJECTS, KindFilter, group_of
from k8slint.kubernetes.kustomization import AS_WRITTEN, Kustomized, unambiguous
from k8slint.kubernetes.near import where_is
from k8slint.kubernetes.objects import (
    Backend,
    BackendConfig,
    ConfigMap,
    DisruptionBudget,
    Expression,
    IngressClass,
    Meta,
    Namespace,
    NodePool,
    Object,
    Port,
    Route,
    Scaler,
    SecurityGroupPolicy,
    Selector,
    Service,
    Taint,
)
from k8slint.manifest.scalars import as_int64, decimal
from k8slint.type_names import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from k8slint.manifest.tree import Document
    from k8slint.manifest.values import Value


def read_objects(document: Document, kustomized: Kustomized = AS_WRITTEN) -> Iterator[Object]:
    """The facts of a document, those inside lists too."""
    return (one for _, one in objects_with_values(document, kustomized))


def objects_with_values(
    document: Document, kustomized: Kustomized = AS_WRITTEN
) -> Iterator[tuple[Value, Object]]:
    """The facts of a document, each with the object that says it."""
    from k8slint.manifest.values import root

    yield from _objects(root(document), kustomized)


def _objects(value: Value, kustomized: Kustomized) -> Iterator[tuple[Value, Object]]:
    kind = value.text_of("kind")
    if kind in CONTAINERS_OF_OBJECTS or kind.endswith("List"):
        for item in value.get(CONTAINERS_OF_OBJECTS.get(kind, "items")).items():
            yield from _objects(item, kustomized)
        return
    reader = _READERS.get((group_of(value.text_of("apiVersion")), kind))
    if reader and value.get("metadata").is_mapping:
        yield value, reader(value, _meta(value, kind, kustomized), kustomized)


def _meta(value: Value, kind: str, kustomized: Kustomized) -> Meta:
    metadata = value.get("metadata")
    written = metadata.text_of("namespace")
    name = metadata.get("name")
    place = name if name.is_written else value.get("kind")
    source = value.document.source
    return Meta(
        kind,
        name.text or "",
        kustomized.namespaces or (written,),
        source.locate(place.mark),
        where_is(source.name),
        kustomized.roots,
    )


def _service(value: Value, meta: Meta, kustomized: Kustomized) -> Service:
    spec = value.get("spec")
    written = _texts(spec.get("selector"))
    chosen = spec.text_of("type") or "ClusterIP"
    labels = (*written.items(), *unambiguous(kustomized.selector_labels, written))
    return Service(
        meta,
        chosen,
        Selector(() if chosen == "ExternalName" else labels),
        tuple(_port(item) for item in spec.get("ports").items()),
        spec.text_of("clusterIP") == "None",
        _texts(value.at("metadata", "annotations")),
        spec.text_of("loadBalancerClass"),
        spec.text_of("externalTrafficPolicy") == "Local",
    )


def _port(item: Value) -> Port:
    number = item.text_of("port")
    return Port(
        item.text_of("name"),
        number,
        item.text_of("targetPort") or number,
        item.text_of("protocol") or "TCP",
    )


def _ingress(value: Value, meta: Meta, kustomized: Kustomized) -> Route:
    spec = value.get("spec")
    backends = [spec.get("defaultBackend"), spec.get("backend")]
    for rule in spec.get("rules").items():
        backends += (path.get("backend") for path in rule.at("http", "paths").items())
    annotations = _texts(value.at("metadata", "annotations"))
    return Route(
        meta,
        tuple(backend for one in backends for backend in _ingress_backend(one)),
        spec.text_of("ingressClassName") or annotations.get("kubernetes.io/ingress.class", ""),
        annotations,
    )


def _ingress_backend(backend: Value) -> Iterator[Backend]:
    service = backend.get("service")
    port = service.get("port")
    if name := service.text_of("name"):
        yield Backend(name, port=port.text_of("name") or port.text_of("number"))
    elif name := backend.text_of("serviceName"):
        yield Backend(name, port=backend.text_of("servicePort"))


def _gateway_route(value: Value, meta: Meta, kustomized: Kustomized) -> Route:
    spec = value.get("spec")
    parents = [item.text_of("kind") or "Gateway" for item in spec.get("parentRefs").items()]
    # A route whose parents are Services is for traffic inside the mesh (gateway-api GEP-1426).
    inside = bool(parents) and all(kind == "Service" for kind in parents)
    references = [
        item for rule in spec.get("rules").items() for item in rule.get("backendRefs").items()
    ]
    return Route(meta, () if inside else tuple(_references(references)))


def _references(items: list[Value]) -> Iterator[Backend]:
    for item in items:
        name = item.text_of("name")
        if name and (item.text_of("kind") or "Service") == "Service":
            yield Backend(name, item.text_of("namespace"), item.text_of("port"))


def _traefik_route(value: Value, meta: Meta, kustomized: Kustomized) -> Route:
    routes = value.at("spec", "routes").items()
    return Route(meta, tuple(_references([s for r in routes for s in r.get("services").items()])))


def _contour_proxy(value: Value, meta: Meta, kustomized: Kustomized) -> Route:
    spec = value.get("spec")
    services = [item for route in spec.get("routes").items() for item in _services(route)]
    return Route(meta, tuple(_references([*services, *_services(spec.get("tcpproxy"))])))


def _services(value: Value) -> Iterator[Value]:
    return value.get("services").items()


def _virtual_service(value: Value, meta: Meta, kustomized: Kustomized) -> Route:
    spec = value.get("spec")
    gateways = [item.text for item in spec.get("gateways").items()]
    backends = [
        _host(destination.text_of("host"), destination.at("port", "number").text or "")
        for protocol in ("http", "tcp", "tls")
        for rule in spec.get(protocol).items()
        for route in rule.get("route").items()
        for destination in (route.get("destination"),)
    ]
    # Without a gateway of its own it is about traffic between pods of the mesh.
    outside = any(gateway != "mesh" for gateway in gateways)
    return Route(meta, tuple(backends) if outside else ())


def _host(host: str, port: str) -> Backend:
    """`web`, `web.shop` or `web.shop.svc.cluster.local`."""
    name, _, rest = host.partition(".")
    return Backend(name, rest.partition(".")[0], port)


def _openshift_route(value: Value, meta: Meta, kustomized: Kustomized) -> Route:
    spec = value.get("spec")
    targets = [spec.get("to"), *spec.get("alternateBackends").items()]
    return Route(meta, tuple(_references(targets)))


def _ingress_class(value: Value, meta: Meta, kustomized: Kustomized) -> IngressClass:
    annotations = _texts(value.at("metadata", "annotations"))
    default = annotations.get("ingressclass.kubernetes.io/is-default-class") == "true"
    return IngressClass(meta, value.at("spec", "controller").text or "", default)


def _autoscaler(value: Value, meta: Meta, kustomized: Kustomized) -> Scaler:
    spec = value.get("spec")
    target = spec.get("scaleTargetRef")
    low = as_int64(spec.get("minReplicas").scalar)
    return Scaler(
        meta,
        target.text_of("kind"),
        target.text_of("name"),
        1 if low is None else low,
        as_int64(spec.get("maxReplicas").scalar),
    )


def _scaled_object(value: Value, meta: Meta, kustomized: Kustomized) -> Scaler:
    # KEDA's own defaults: a Deployment, between 0 and 100 (keda.sh, ScaledObject specification).
    spec = value.get("spec")
    target = spec.get("scaleTargetRef")
    high = as_int64(spec.get("maxReplicaCount").scalar)
    return Scaler(
        meta,
        target.text_of("kind") or "Deployment",
        target.text_of("name"),
        as_int64(spec.get("minReplicaCount").scalar) or 0,
        100 if high is None else high,
    )


def _disruption_budget(value: Value, meta: Meta, kustomized: Kustomized) -> DisruptionBudget:
    spec = value.get("spec")
    written = spec.get("selector")
    # An empty selector is that of no pod in v1beta1, and of all pods in v1; none is none in both.
    is_empty = not any(True for _ in written.entries())
    selects = written.is_mapping and not (
        is_empty and value.text_of("apiVersion") == "policy/v1beta1"
    )
    return DisruptionBudget(
        meta,
        _selector(written, kustomized) if selects else None,
        _count_or_share(spec.get("minAvailable")),
        _count_or_share(spec.get("maxUnavailable")),
    )


def _count_or_share(value: Value) -> str:
    """An int-or-string as the API accepts it here: a whole number, or a percentage as a string."""
    count = as_int64(value.scalar)
    if count is not None:
        return str(count)
    text = value.scalar if isinstance(value.scalar, str) else ""
    return text if text.endswith("%") and decimal(text[:-1]) is not None else ""


def _node_pool(value: Value, meta: Meta, kustomized: Kustomized) -> NodePool:
    template = value.at("spec", "template")
    spec = template.get("spec")
    grace = spec.text_of("terminationGracePeriod")
    return NodePool(
        meta,
        "" if grace == "Never" else grace,
        _texts(template.at("metadata", "labels")),
        tuple(map(expression, spec.get("requirements").items())),
        tuple(
            Taint(
                item.text_of("key"),
                item.text_of("value"),
                item.text_of("effect"),
            )
            for item in spec.get("taints").items()
        ),
    )


def _security_groups(value: Value, meta: Meta, kustomized: Kustomized) -> SecurityGroupPolicy:
    spec = value.get("spec")
    by_account = spec.get("serviceAccountSelector").is_written
    pods = spec.get("podSelector")
    return SecurityGroupPolicy(
        meta, _selector(pods) if pods.is_mapping and not by_account else None
    )


def _backend_config(value: Value, meta: Meta, kustomized: Kustomized) -> BackendConfig:
    draining = value.at("spec", "connectionDraining", "drainingTimeoutSec")
    return BackendConfig(meta, as_int64(draining.scalar))


def _namespace(value: Value, meta: Meta, kustomized: Kustomized) -> Namespace:
    metadata = value.get("metadata")
    return Namespace(meta, _texts(metadata.get("labels")), _texts(metadata.get("annotations")))


def _config_map(value: Value, meta: Meta, kustomized: Kustomized) -> ConfigMap:
    return read_config_map(value, meta)


def _selector(value: Value, kustomized: Kustomized = AS_WRITTEN) -> Selector:
    written = _texts(value.get("matchLabels"))
    # Kustomize adds to matchLabels that are there (builtinpluginconsts/commonlabels.go).
    added = unambiguous(kustomized.selector_labels, written) if written else ()
    expressions = tuple(map(expression, value.get("matchExpressions").items()))
    return Selector((*written.items(), *added), expressions)


def expression(item: Value) -> Expression:
    """One of `matchExpressions`."""
    values = tuple(value.text or "" for value in item.get("values").items())
    return Expression(item.text_of("key"), item.text_of("operator"), values)


def _texts(mapping: Value) -> dict[str, str]:
    return {name: value.text or "" for name, value in mapping.entries()}


_Reader: TypeAlias = "Callable[[Value, Meta, Kustomized], Object]"

_READERS: dict[tuple[str, str], _Reader] = {
    ("", "Service"): _service,
    ("", "Namespace"): _namespace,
    ("", "ConfigMap"): _config_map,
    ("networking.k8s.io", "Ingress"): _ingress,
    ("extensions", "Ingress"): _ingress,
    ("networking.k8s.io", "IngressClass"): _ingress_class,
    ("gateway.networking.k8s.io", "HTTPRoute"): _gateway_route,
    ("gateway.networking.k8s.io", "GRPCRoute"): _gateway_route,
    ("gateway.networking.k8s.io", "TCPRoute"): _gateway_route,
    ("gateway.networking.k8s.io", "TLSRoute"): _gateway_route,
    ("traefik.io", "IngressRoute"): _traefik_route,
    ("traefik.io", "IngressRouteTCP"): _traefik_route,
    ("traefik.containo.us", "IngressRoute"): _traefik_route,
    ("traefik.containo.us", "IngressRouteTCP"): _traefik_route,
    ("projectcontour.io", "HTTPProxy"): _contour_proxy,
    ("networking.istio.io", "VirtualService"): _virtual_service,
    ("route.openshift.io", "Route"): _openshift_route,
    ("", "Route"): _openshift_route,  # the group of OpenShift 3
    ("autoscaling", "HorizontalPodAutoscaler"): _autoscaler,
    ("keda.sh", "ScaledObject"): _scaled_object,
    ("policy", "PodDisruptionBudget"): _disruption_budget,
    ("karpenter.sh", "NodePool"): _node_pool,
    ("vpcresources.k8s.aws", "SecurityGroupPolicy"): _security_groups,
    ("cloud.google.com", "BackendConfig"): _backend_config,
}


class _Facts(KindFilter):
    """The kinds that are read for facts; a ConfigMap only where something in it can matter."""

    @property
    def kinds(self) -> frozenset[tuple[str, str]]:
        """The API groups and the kinds of the objects that are read."""
        return frozenset(_READERS)

    def reads(self, kind: str, api_version: str) -> bool:
        """Whether objects of a kind are read for facts."""
        return (group_of(api_version), kind) in _READERS

    def are_in(self, text: str, found: frozenset[str]) -> bool:
        """Whether there can be facts in a file that gives some kinds: no parse."""
        # Most documents are of other kinds, and marks are looked for in all of a text.
        return _OTHERS.may_be_among(found) or ("ConfigMap" in found and may_matter(text))


_NAMES = {kind for _, kind in _READERS} | {*CONTAINERS_OF_OBJECTS}
_OTHERS = KindFilter(_NAMES - {"ConfigMap"})
FACTS = _Facts(_NAMES)
