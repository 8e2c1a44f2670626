"""Who sends requests to a pod, on which way, and for how long: small manifests in, paths out."""

from __future__ import annotations

from functools import cache
from textwrap import indent

import pytest

from k8slint.kubernetes.cluster import Cluster
from k8slint.kubernetes.kinds import Kinds
from k8slint.kubernetes.kustomization import AS_WRITTEN
from k8slint.kubernetes.versions import ClusterTarget
from k8slint.kubernetes.workload import Pod, workloads
from k8slint.lint.rulebook import load_rules
from k8slint.lint.run import run_bytes
from k8slint.lint.settings import Settings
from k8slint.lint.survey import build_cluster, collect_facts
from k8slint.lint.task import Context, RunOptions, Task
from k8slint.manifest.source import Source
from k8slint.manifest.stream import split_documents
from k8slint.manifest.tree import documents
from k8slint.shutdown import senders as known
from k8slint.shutdown import ways as module
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.senders import INGRESS_CONTROLLERS, Controller, Delay
from k8slint.shutdown.traffic import Traffic, delays_itself
from tests.tables import check_examples

APP = "- {name: app, image: x, ports: [{name: http, containerPort: 8080}]}\n"
AWS = "service.beta.kubernetes.io/aws-load-balancer-"
NEG = "cloud.google.com/neg"


def deployment(
    containers: str = APP, *, spec: str = "", pod: str = "", metadata: str = "", kind: str = ""
) -> str:
    return (
        f"apiVersion: apps/v1\nkind: {kind or 'Deployment'}\nmetadata: {{name: web}}\nspec:\n"
        f"  {spec or 'replicas: 2'}\n  template:\n"
        f"    metadata: {{labels: {{app: web{metadata and ', '}{metadata}}}}}\n"
        f"    spec:\n      {pod or 'hostPID: false'}\n      containers:\n"
        f"{indent(containers, ' ' * 6)}"
    )


def service(
    spec: str = "", *, annotations: str = "", ports: str = "{port: 80, targetPort: http}"
) -> str:
    return (
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: web, annotations: {{{annotations}}}}}\n"
        f"spec: {{selector: {{app: web}}, ports: [{ports}]{spec and ', '}{spec}}}\n---\n"
    )


def ingress(spec: str = "", annotations: str = "") -> str:
    return (
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\n"
        f"metadata: {{name: shop, annotations: {{{annotations}}}}}\nspec: {{defaultBackend: "
        f"{{service: {{name: web, port: {{number: 80}}}}}}{spec and ', '}{spec}}}\n---\n"
    )


def ingress_class(name: str, controller: str, annotations: str = "") -> str:
    return (
        "apiVersion: networking.k8s.io/v1\nkind: IngressClass\n"
        f"metadata: {{name: {name}, annotations: {{{annotations}}}}}\n"
        f"spec: {{controller: {controller}}}\n---\n"
    )


@cache
def read(text: str, *, is_complete: bool = False) -> tuple[Pod, Cluster]:
    cluster = build_cluster(
        [collect_facts(text.encode(), "x.yaml", Kinds(), AS_WRITTEN)], is_complete=is_complete
    )
    source = Source("x.yaml", text)
    (pod,) = (
        pod
        for chunk in split_documents(text)
        for document in documents(source, chunk)
        for workload in workloads(document, Kinds())
        for pod in workload.pods
    )
    return pod, cluster


def traffic_of(text: str, *, is_complete: bool = False) -> Traffic:
    pod, cluster = read(text, is_complete=is_complete)
    return Traffic(Shutdown(pod, ClusterTarget()), cluster)


DEFAULT_CLASS = 'ingressclass.kubernetes.io/is-default-class: "true"'
ALB = "alb.ingress.kubernetes.io/"
BALANCER = "type: LoadBalancer"
LOCAL = "externalTrafficPolicy: Local"

# The slowest way to a pod with these objects before it.
DELAYS = {
    "a bare Service": (service(), known.SERVICE),
    "a node port": (service("type: NodePort"), known.SERVICE),
    "a local node port": (service(f"type: NodePort, {LOCAL}"), known.LOCAL_NODE_PORT),
    "a load balancer": (service(BALANCER), known.LOAD_BALANCER),
    "a local load balancer": (service(f"{BALANCER}, {LOCAL}"), known.LOCAL),
    "NLB, external": (
        service(BALANCER, annotations=f"{AWS}type: external, {AWS}nlb-target-type: ip"),
        known.NLB_IP,
    ),
    "NLB, legacy": (service(BALANCER, annotations=f"{AWS}type: nlb-ip"), known.NLB_IP),
    "NLB by class": (
        service(
            f"{BALANCER}, loadBalancerClass: service.k8s.aws/nlb",
            annotations=f"{AWS}nlb-target-type: ip",
        ),
        known.NLB_IP,
    ),
    "NLB of Auto Mode": (
        service(
            f"{BALANCER}, loadBalancerClass: eks.amazonaws.com/nlb",
            annotations=f"{AWS}nlb-target-type: ip",
        ),
        known.NLB_IP,
    ),
    "NLB of Auto Mode by default": (
        service(f"{BALANCER}, loadBalancerClass: eks.amazonaws.com/nlb"),
        known.NLB_IP,
    ),
    "NLB of Auto Mode, instances": (
        service(
            f"{BALANCER}, loadBalancerClass: eks.amazonaws.com/nlb",
            annotations=f"{AWS}nlb-target-type: instance",
        ),
        known.LOAD_BALANCER,
    ),
    "NLB, instances": (
        service(BALANCER, annotations=f"{AWS}type: external, {AWS}nlb-target-type: instance"),
        known.LOAD_BALANCER,
    ),
    "NLB by class, instances": (
        service(f"{BALANCER}, loadBalancerClass: service.k8s.aws/nlb"),
        known.LOAD_BALANCER,
    ),
    "another class": (
        service(
            f"{BALANCER}, loadBalancerClass: tailscale", annotations=f"{AWS}nlb-target-type: ip"
        ),
        known.LOAD_BALANCER,
    ),
    "NLB annotations without a load balancer": (
        service(annotations=f"{AWS}nlb-target-type: ip"),
        known.SERVICE,
    ),
    "a standalone NEG": (
        service(annotations=f"""{NEG}: '{{"exposed_ports": {{"80": {{}}}}}}'"""),
        known.GKE_NEG,
    ),
    "a NEG annotation that is no JSON": (service(annotations=f"{NEG}: yes"), known.SERVICE),
    "an Ingress": (service() + ingress(), known.PROXY),
    "an Ingress of nginx": (service() + ingress("ingressClassName: nginx"), known.PROXY),
    "ALB, instances": (service() + ingress("ingressClassName: alb"), known.LOAD_BALANCER),
    "ALB, ip": (
        service() + ingress("ingressClassName: alb", f"{ALB}target-type: ip"),
        known.ALB_IP,
    ),
    "ALB, ip said by the Service": (
        service(annotations=f"{ALB}target-type: ip") + ingress("ingressClassName: alb"),
        known.ALB_IP,
    ),
    "ALB, the Service goes first": (
        service(annotations=f"{ALB}target-type: instance")
        + ingress("ingressClassName: alb", f"{ALB}target-type: ip"),
        known.LOAD_BALANCER,
    ),
    "ALB by annotation of the class": (
        service() + ingress("", f"kubernetes.io/ingress.class: alb, {ALB}target-type: ip"),
        known.ALB_IP,
    ),
    "ALB by its own annotations": (service() + ingress("", f"{ALB}target-type: ip"), known.ALB_IP),
    "ALB by the controller of a named class": (
        service()
        + ingress("ingressClassName: ours", f"{ALB}target-type: ip")
        + ingress_class("ours", "ingress.k8s.aws/alb"),
        known.ALB_IP,
    ),
    "ALB by the controller alone": (
        service(annotations=f"{ALB}target-type: ip")
        + ingress("ingressClassName: ours")
        + ingress_class("ours", "ingress.k8s.aws/alb"),
        known.ALB_IP,
    ),
    "ALB by its own annotations, whatever the class": (
        service() + ingress("ingressClassName: nginx", f"{ALB}target-type: ip"),
        known.ALB_IP,
    ),
    "ALB of Auto Mode by a named class": (
        service()
        + ingress("ingressClassName: ours")
        + ingress_class("ours", "eks.amazonaws.com/alb"),
        known.ALB_IP,
    ),
    "ALB of Auto Mode by default": (
        service()
        + ingress("ingressClassName: alb")
        + ingress_class("alb", "eks.amazonaws.com/alb"),
        known.ALB_IP,
    ),
    "ALB of Auto Mode, instances": (
        service()
        + ingress("ingressClassName: alb", f"{ALB}target-type: instance")
        + ingress_class("alb", "eks.amazonaws.com/alb"),
        known.LOAD_BALANCER,
    ),
    "AGIC": (service() + ingress("ingressClassName: azure-application-gateway"), known.AGIC),
    "AGIC by annotation of the class": (
        service() + ingress("", "kubernetes.io/ingress.class: azure/application-gateway"),
        known.AGIC,
    ),
    "AGIC by its own annotations": (
        service() + ingress("", 'appgw.ingress.kubernetes.io/connection-draining: "true"'),
        known.AGIC,
    ),
    "AGIC's annotations left on another class": (
        service()
        + ingress(
            "ingressClassName: nginx", 'appgw.ingress.kubernetes.io/connection-draining: "true"'
        ),
        known.PROXY,
    ),
    "AGIC as the default class": (
        service() + ingress() + ingress_class("any", "azure/application-gateway", DEFAULT_CLASS),
        known.AGIC,
    ),
    "a class that is no default": (
        service() + ingress() + ingress_class("any", "azure/application-gateway"),
        known.PROXY,
    ),
    "GKE by annotation of the class": (
        service() + ingress("", "kubernetes.io/ingress.class: gce"),
        known.GKE_NEG,
    ),
    "GKE, internal": (service() + ingress("ingressClassName: gce-internal"), known.GKE_NEG),
    "GKE by the annotation of the Service": (
        service(annotations=f"""{NEG}: '{{"ingress": true}}'""") + ingress(),
        known.GKE_NEG,
    ),
    "GKE by its own annotations": (
        service() + ingress("", "networking.gke.io/managed-certificates: cert"),
        known.GKE_NEG,
    ),
    "GKE by a certificate": (
        service() + ingress("", "ingress.gcp.kubernetes.io/pre-shared-cert: cert"),
        known.GKE_NEG,
    ),
    "GKE by a static address": (
        service() + ingress("", "kubernetes.io/ingress.global-static-ip-name: web"),
        known.GKE_NEG,
    ),
    "GKE without NEGs": (
        service(annotations=f"""{NEG}: '{{"ingress": false}}'""")
        + ingress("", "kubernetes.io/ingress.class: gce"),
        known.LOAD_BALANCER,
    ),
}


def test_a_class_is_named_where_it_tells_who_sends() -> None:
    def told_by(controller: str) -> list[str]:
        objects = service() + ingress("ingressClassName: ours") + ingress_class("ours", controller)
        return [place.label for place in traffic_of(objects + deployment()).paths[0].chain]

    sends, selects = "Ingress shop sends to Service web", "Service web selects the pod"
    assert told_by("k8s.io/ingress-nginx") == [sends, selects]
    assert told_by("eks.amazonaws.com/alb") == [sends, "IngressClass ours is its class", selects]


# What a sender is called, its seconds, whether it is outside, and whether it drains.
SENDERS = {
    known.SERVICE: ("kube-proxy", 5, False, False),
    known.LOCAL: ("a load balancer with externalTrafficPolicy Local", 15, True, False),
    known.LOCAL_NODE_PORT: ("whatever sends to the node ports", 15, False, False),
    known.LOAD_BALANCER: ("a load balancer", 10, True, False),
    known.PROXY: ("an ingress proxy", 10, True, False),
    known.ALB_IP: ("an ALB with ip targets", 15, True, False),
    known.GKE_NEG: ("a Google load balancer with network endpoint groups", 15, True, False),
    known.AGIC: ("an Azure Application Gateway", 90, True, True),
    known.NLB_IP: ("an NLB with ip targets", 120, True, True),
}


@pytest.mark.parametrize(("objects", "delay"), DELAYS.values(), ids=DELAYS)
def test_how_long_requests_arrive(objects: str, delay: Delay) -> None:
    paths = traffic_of(objects + deployment()).paths
    assert paths[0].delay == delay
    assert (delay.sender, delay.seconds, delay.is_outside, delay.is_drain) == SENDERS[delay]


def test_every_delay_is_tried() -> None:
    assert {delay for _, delay in DELAYS.values()} == {*known.DELAYS} == {*SENDERS}


@pytest.mark.parametrize("row", [*INGRESS_CONTROLLERS, known.NLB], ids=lambda row: row.classes[1])
def test_an_example_notices_every_fault_in_a_row(
    row: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_noticed(instead: tuple[Controller, ...]) -> bool:
        if row is known.NLB:
            monkeypatch.setattr(module, "NLB", *instead or [row._replace(classes=())])
        else:
            others = (one for one in INGRESS_CONTROLLERS if one is not row)
            monkeypatch.setattr(module, "INGRESS_CONTROLLERS", (*instead, *others))
        return any(
            traffic_of(objects + deployment()).paths[0].delay != delay
            for objects, delay in DELAYS.values()
        )

    check_examples(row, f"DELAYS, {row.classes[1]}", is_noticed, but=("delay", "source", "date"))


# What brings requests from outside: group and version, kind, spec.
TO_WEB = "[{name: web, port: 80}]"
ENTRIES = (
    (
        "networking.k8s.io/v1",
        "Ingress",
        "rules: [{http: {paths: [{backend: {service: {name: web}}}]}}]",
    ),
    ("extensions/v1beta1", "Ingress", "backend: {serviceName: web, servicePort: 80}"),
    *(
        ("gateway.networking.k8s.io/v1", kind, f"rules: [{{backendRefs: {TO_WEB}}}]")
        for kind in ("HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute")
    ),
    *(
        (f"{group}/v1alpha1", kind, f"routes: [{{services: {TO_WEB}}}]")
        for group in ("traefik.io", "traefik.containo.us")
        for kind in ("IngressRoute", "IngressRouteTCP")
    ),
    ("projectcontour.io/v1", "HTTPProxy", f"routes: [{{services: {TO_WEB}}}]"),
    ("projectcontour.io/v1", "HTTPProxy", f"tcpproxy: {{services: {TO_WEB}}}"),
    (
        "networking.istio.io/v1",
        "VirtualService",
        "gateways: [edge], http: [{route: [{destination: {host: web}}]}]",
    ),
    (
        "networking.istio.io/v1",
        "VirtualService",
        "gateways: [mesh, edge], tcp: [{route: [{destination: {host: web}}]}]",
    ),
    (
        "networking.istio.io/v1",
        "VirtualService",
        "gateways: [edge], tls: [{route: [{destination: {host: web}}]}]",
    ),
    ("route.openshift.io/v1", "Route", "to: {kind: Service, name: web}"),
    ("v1", "Route", "to: {kind: Service, name: web}"),
)
NO_ENTRIES = (
    (
        "gateway.networking.k8s.io/v1",
        "HTTPRoute",
        f"parentRefs: [{{kind: Service, name: web}}], rules: [{{backendRefs: {TO_WEB}}}]",
    ),
    (
        "gateway.networking.k8s.io/v1",
        "HTTPRoute",
        "rules: [{backendRefs: [{kind: Bucket, name: web}]}]",
    ),
    (
        "networking.istio.io/v1",
        "VirtualService",
        "http: [{route: [{destination: {host: web}}]}]",
    ),
    (
        "networking.istio.io/v1",
        "VirtualService",
        "gateways: [mesh], http: [{route: [{destination: {host: web}}]}]",
    ),
    ("networking.k8s.io/v1", "Ingress", "defaultBackend: {service: {name: other}}"),
    (
        "networking.k8s.io/v1",
        "Ingress",
        "defaultBackend: {service: {name: web, port: {number: 81}}}",
    ),
)


@pytest.mark.parametrize(("api_version", "kind", "spec"), ENTRIES)
def test_who_brings_requests_from_outside(api_version: str, kind: str, spec: str) -> None:
    entry = (
        f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: in}}\nspec: {{{spec}}}\n---\n"
    )
    first, second = traffic_of(service() + entry + deployment()).paths
    assert (str(first), first.delay) == (f"{kind} in -> Service web", known.PROXY)
    assert (str(second), second.delay) == ("Service web", known.SERVICE)
    headless = traffic_of(service("clusterIP: None") + entry + deployment()).paths
    assert list(map(str, headless)) == [f"{kind} in -> Service web"]


@pytest.mark.parametrize(("api_version", "kind", "spec"), NO_ENTRIES)
def test_who_does_not(api_version: str, kind: str, spec: str) -> None:
    entry = (
        f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: in}}\nspec: {{{spec}}}\n---\n"
    )
    (path,) = traffic_of(service() + entry + deployment()).paths
    assert path.entry is None


# Ports of the Service, and on how many of them requests come in.
PORTS = {
    "{port: 80}": 1,
    "{port: 80}, {port: 443, name: https}": 2,
    "{port: 53, protocol: UDP}": 0,
    "{port: 53, protocol: UDP, name: udp}, {port: 53, name: tcp}": 1,
    "{port: 80, name: http-metrics}": 0,
    "{port: 9100}": 0,
    "{port: 9090, targetPort: 8080}": 1,
    "{port: 80}, {port: 9090, name: more}": 1,
}


@pytest.mark.parametrize(("ports", "count"), PORTS.items())
def test_ports_of_clients(ports: str, count: int) -> None:
    paths = traffic_of(service(ports=ports) + deployment()).paths
    assert [len(path.ports) for path in paths] == ([count] if count else [])


def test_an_entry_that_names_a_port_proves_it() -> None:
    ports = "{port: 9090, name: web}"
    text = service(ports=ports) + ingress().replace("80", "9090") + deployment()
    assert list(map(str, traffic_of(text).paths)) == ["Ingress shop -> Service web"]


NO_PATHS = {
    "no Service": "",
    "no selector": service().replace("selector: {app: web}, ", ""),
    "another app": service().replace("app: web", "app: other"),
    "headless": service("clusterIP: None"),
    "a name elsewhere": service("type: ExternalName, externalName: example.com"),
    "metrics": service().replace("name: web", "name: web-metrics"),
}


@pytest.mark.parametrize("objects", NO_PATHS.values(), ids=NO_PATHS)
def test_no_way_is_known(objects: str) -> None:
    assert not traffic_of(objects + deployment()).paths


TWO = (
    "- {name: app, image: x, ports: [{name: http, containerPort: 8080}]}\n"
    "- {name: side, image: x, ports: [{containerPort: 9000}]}\n"
)
NATIVE = (
    "initContainers: [{name: proxy, image: x, restartPolicy: Always, "
    "ports: [{name: http, containerPort: 80}]}]"
)
# Containers, the pod's other lines, the target port, and who is behind it.
OWNERS = {
    "by name": (TWO, "", "http", "app"),
    "by number": (TWO, "", "9000", "side"),
    "the only one": ("- {name: app, image: x}\n", "", "8080", "app"),
    "a name nobody declares": ("- {name: app, image: x}\n", "", "http", ""),
    "a number of two containers": (TWO, "", "7000", ""),
    "a native sidecar": ("- {name: app, image: x}\n", NATIVE, "http", "proxy"),
}


@pytest.mark.parametrize(("containers", "pod", "target", "owner"), OWNERS.values(), ids=OWNERS)
def test_the_container_behind_a_port(containers: str, pod: str, target: str, owner: str) -> None:
    text = service(ports=f"{{port: 80, targetPort: {target}}}") + deployment(containers, pod=pod)
    traffic = traffic_of(text)
    found = traffic.owner(traffic.paths[0].ports[0])
    assert (found.name if found else "") == owner
    receives = [stop.container.name for stop, _ in traffic.receivers()]
    assert receives == ([owner] if owner not in ("", "proxy") else [])


def test_each_container_goes_with_its_slowest_way() -> None:
    slow = service(f"{BALANCER}, {LOCAL}", ports="{port: 90, targetPort: 9000}")
    text = (
        service()
        + service(ports="{port: 80, targetPort: http}, {port: 9000, name: more}").replace(
            "name: web,", "name: both,"
        )
        + slow.replace("name: web,", "name: slow,")
        + ingress()
        + deployment(TWO)
    )
    found = {
        stop.container.name: (str(path), path.delay) for stop, path in traffic_of(text).receivers()
    }
    assert found == {
        "app": ("Ingress shop -> Service web", known.PROXY),
        "side": ("Service slow", known.LOCAL),
    }


def test_the_chain_names_every_object_that_tells() -> None:
    config = (
        "apiVersion: cloud.google.com/v1\nkind: BackendConfig\nmetadata: {name: slow}\n"
        "spec: {connectionDraining: {drainingTimeoutSec: 60}}\n---\n"
    )
    annotations = """cloud.google.com/backend-config: '{"default": "slow"}'"""
    text = (
        ingress()
        + ingress_class("gce", "gce", DEFAULT_CLASS)
        + config
        + service(annotations=annotations)
        + deployment()
    )
    assert [(one.label, one.line) for one in traffic_of(text).paths[0].chain] == [
        ("Ingress shop sends to Service web", 3),
        ("IngressClass gce is its class", 8),
        ("BackendConfig slow drains connections for 60 s", 13),
        ("Service web selects the pod", 18),
    ]


# The container's other lines, and the setting by which it delays its own end.
OWN_DELAYS = {
    "env: [{name: QUARKUS_SHUTDOWN_DELAY, value: 5s}]": "QUARKUS_SHUTDOWN_DELAY",
    "env: [{name: QUARKUS_SHUTDOWN_DELAY, value: 0S}]": "",
    "env: [{name: QUARKUS_SHUTDOWN_DELAY, valueFrom: {}}]": "QUARKUS_SHUTDOWN_DELAY",
    "env: [{name: OPTS, value: -Dquarkus.shutdown.delay=5s}]": "-Dquarkus.shutdown.delay",
    "env: [{name: SHUTDOWN_BLACKOUT_SECONDS, value: '10'}]": "SHUTDOWN_BLACKOUT_SECONDS",
    "args: [--shutdown-delay-duration=70s]": "--shutdown-delay-duration",
    "args: [--shutdown-delay-duration, 0s]": "",
    "args: [-shutdown-delay, 30s]": "-shutdown-delay",
    "args: ['--entryPoints.web.transport.lifeCycle.requestAcceptGraceTimeout=10']": (
        "--entryPoints.web.transport.lifeCycle.requestAcceptGraceTimeout"
    ),
    "args: [--shutdown-grace-period=15]": "--shutdown-grace-period",
    "args: [--shutdown-grace-period=0]": "",
    "args: [--post-shutdown-grace-period=15]": "",
    "command: [sh, -c, exec app --shutdown-delay 10]": "--shutdown-delay",
    """command: [sh, -c, "trap 'sleep 10; kill %1' TERM; app & wait"]""": "trap",
    "command: [gunicorn, --graceful-timeout, '30']": "",
}


@pytest.mark.parametrize(("setting", "name"), OWN_DELAYS.items())
def test_an_app_that_delays_itself(setting: str, name: str) -> None:
    (container,) = traffic_of(deployment(f"- {{name: app, image: x, {setting}}}\n")).pod.main
    assert delays_itself(container) == name


@pytest.mark.parametrize("text", ["{", "[]", "9", '{"a":' * 100_000, "[" * 100_000])
def test_an_annotation_that_is_not_readable_says_nothing(text: str) -> None:
    (path,) = traffic_of(service(annotations=f"{NEG}: '{text}'") + deployment()).paths
    assert path.delay == known.SERVICE


BARE_POD = (
    "apiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {app: web}}\n"
    "spec: {containers: [{name: app, image: x}]}\n"
)
IRRELEVANT = {
    "a server": (deployment(), False),
    "a bare pod": (BARE_POD, True),
    "a patch": (deployment("- {name: app}\n"), True),
    "no pods": (deployment(spec="replicas: 0"), True),
    "a task": (deployment(pod="restartPolicy: Never"), True),
    "on the node": (deployment(kind="DaemonSet", pod="hostNetwork: true"), True),
    "a DaemonSet": (deployment(kind="DaemonSet"), False),
}


@pytest.mark.parametrize(("text", "is_irrelevant"), IRRELEVANT.values(), ids=IRRELEVANT)
def test_where_a_delay_makes_no_difference(text: str, is_irrelevant: bool) -> None:
    assert traffic_of(text).is_irrelevant == is_irrelevant


HPA = (
    "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\n"
    "spec: {scaleTargetRef: {kind: Deployment, name: web}, maxReplicas: 5}\n---\n"
)
MANY = {
    "two": (deployment(), True),
    "one": (deployment(spec="replicas: 1"), False),
    "one, scaled": (HPA + deployment(spec="replicas: 1"), True),
    "all at once": (deployment(spec="replicas: 2\n  strategy: {type: Recreate}"), False),
    "one per node": (deployment(kind="DaemonSet", spec="minReadySeconds: 0"), False),
}


@pytest.mark.parametrize(("text", "many"), MANY.values(), ids=MANY)
def test_whether_another_pod_is_there(text: str, many: bool) -> None:
    assert traffic_of(text).has_many_pods == many


OTHER = service().replace("app: web", "app: other")
FAR = service().replace("name: web,", "name: web, namespace: far,")
SELECTED = {
    "selected": (service(), True, True),
    "not selected": (OTHER, True, False),
    "from another namespace": (FAR, True, True),
    "not all are known": (OTHER, False, True),
    "there is none": ("", True, True),
    "a template decides": (service().replace("app: web", "app: '{{ .app }}'"), True, True),
}


@pytest.mark.parametrize(("objects", "is_complete", "may_be"), SELECTED.values(), ids=SELECTED)
def test_whether_a_service_may_select_a_pod(objects: str, is_complete: bool, may_be: bool) -> None:
    traffic = traffic_of(objects + deployment(), is_complete=is_complete)
    assert traffic.cluster.may_be_selected(traffic.pod) == may_be


NLB = DELAYS["NLB, external"][0]
SLEEPS = "- {{name: app, image: x, ports: [{{name: http, containerPort: 8080}}], {}}}\n"
SLEEP_15 = SLEEPS.format("lifecycle: {preStop: {sleep: {seconds: 15}}}")
ONE = "replicas: 1"
AT_NODES = service(f"{BALANCER}, {LOCAL}")
MIXED = SLEEP_15 + "- {name: side, image: x, lifecycle: {preStop: {sleep: {seconds: 9}}}}\n"
BESIDE = APP + "- {name: side, image: x, lifecycle: {preStop: {sleep: {seconds: 9}}}}\n"
SQL = APP + (
    "- {name: sql, image: gcr.io/cloud-sql-connectors/cloud-sql-proxy:2, "
    "lifecycle: {preStop: {sleep: {seconds: 9}}}}\n"
)
# Which rules speak, of those about traffic.
SPOKEN = {
    "no hook": (ingress() + service() + deployment(), "GS301"),
    "one pod": (ingress() + service() + deployment(spec=ONE), ""),
    "NLB, no hook": (NLB + deployment(), "GS302"),
    "NLB, no hook, one pod": (NLB + deployment(spec=ONE), ""),
    "NLB, short hook, one pod": (NLB + deployment(SLEEP_15, spec=ONE), "GS302"),
    "NLB, a script": (
        NLB + deployment(SLEEPS.format("lifecycle: {preStop: {exec: {command: [/x.sh]}}}")),
        "",
    ),
    "NLB, an app that delays itself": (
        NLB + deployment(SLEEPS.format("args: [--shutdown-delay=150s]")),
        "",
    ),
    "NLB, a mesh": (NLB + deployment(SLEEP_15, metadata="linkerd.io/inject: enabled"), ""),
    "short for the way": (AT_NODES + deployment(SLEEP_15.replace("15", "14")), "GS303"),
    "long enough": (AT_NODES + deployment(SLEEP_15), ""),
    "zero": (service() + deployment(SLEEP_15.replace("15", "0")), "GS303"),
    "beside": (service() + deployment(BESIDE), "GS305"),
    "on both": (service() + deployment(MIXED), ""),
    "a proxy that stays": (service() + deployment(SQL), ""),
}


@pytest.mark.parametrize(("text", "codes"), SPOKEN.values(), ids=SPOKEN)
def test_which_rule_speaks(text: str, codes: str) -> None:
    settings = Settings(select=("GS3",), ignore=("GS307",))
    report = run_bytes(
        text.encode(), Task("x.yaml", settings), RunOptions(), Context(is_complete=True)
    )
    assert not report.error
    assert " ".join(one.code for one in report.diagnoses) == codes


# What the app says and the grace period it has; the longer sleep's grace period.
LENGTHENED = {
    "what it has": ("", 45, 150),
    "what it needs, where it has nothing": ("", 15, 130),
    "what its drain needs": ("command: [gunicorn, --graceful-timeout, '30'], ", 45, 155),
    "there is room": ("command: [gunicorn, --graceful-timeout, '30'], ", 300, 300),
}


@pytest.mark.parametrize(("app", "grace", "longer"), LENGTHENED.values(), ids=LENGTHENED)
def test_the_grace_period_behind_a_longer_sleep(app: str, grace: int, longer: int) -> None:
    text = NLB + deployment(
        SLEEPS.format(f"{app}lifecycle: {{preStop: {{sleep: {{seconds: 15}}}}}}"),
        pod=f"terminationGracePeriodSeconds: {grace}",
    )
    task = Task("x.yaml", Settings(select=("GS302",)))
    report = run_bytes(text.encode(), task, RunOptions(fix=True, unsafe=True))
    assert report.text
    assert not report.diagnoses
    assert f"terminationGracePeriodSeconds: {longer}\n" in report.text.decode()
    assert "sleep: {seconds: 120}" in report.text.decode()


def test_options_move_the_limits_of_load_balancers() -> None:
    text = (NLB + deployment(SLEEP_15)).encode()
    settings = Settings(select=("GS302",), options=(("GS302", "nlb", 15),))
    assert not run_bytes(text, Task("x.yaml", settings), RunOptions()).diagnoses
    assert load_rules().by_code["GS302"].options["nlb"] == known.NLB_IP.seconds
    assert load_rules().by_code["GS302"].options["agic"] == known.AGIC.seconds


def test_ways_over_the_same_services_are_worked_out_once() -> None:
    traffic = traffic_of(service() + deployment())
    ways, services = module.Ways(traffic.cluster), traffic.services
    found = ways.over(services)
    assert [path.service for path in found.all] == [*services]
    assert ways.over(()).all == ()
    assert ways.over(services) is found
    for _ in range(module._KEPT):
        ways.over((*services,))
    assert ways.over(services) == found
    assert ways.over(services) is not found
