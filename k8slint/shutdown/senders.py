"""Who sends requests to pods, and for how long they continue after a pod starts to stop."""

from k8slint.records import NamedTuple


class Delay(NamedTuple):
    """How long a kind of sender goes on after an endpoint is gone, in seconds.

    `source` says where that is written, `date` when it was last compared. `is_drain` tells a load
    balancer known to send for all of that time from the few seconds that are usual. `is_outside`
    tells traffic from outside the cluster.
    """

    sender: str
    seconds: int
    source: str
    date: str
    is_outside: bool = True
    is_drain: bool = False


SERVICE = Delay(
    "kube-proxy",
    5,
    "aws/aws-eks-best-practices networking/loadbalancing.adoc and KEP-3960: 5 to 10 s",
    "2026-11-22",
    is_outside=False,
)
# The health check of a node has to fail before its traffic goes elsewhere. Who uses a node port is
# not known.
_LOCAL = (
    "kubernetes/enhancements keps/sig-network/1669-proxy-terminating-endpoints",
    "2026-11-22",
)
LOCAL = Delay("a load balancer with externalTrafficPolicy Local", 15, *_LOCAL)
LOCAL_NODE_PORT = Delay("whatever sends to the node ports", 15, *_LOCAL, is_outside=False)
LOAD_BALANCER = Delay(
    "a load balancer", 10, "aws/aws-eks-best-practices networking/loadbalancing.adoc", "2026-11-22"
)
PROXY = Delay(
    "an ingress proxy",
    10,
    "kubernetes/ingress-nginx configmap.md: front proxies watch EndpointSlices themselves",
    "2026-11-22",
)
ALB_IP = Delay(
    "an ALB with ip targets",
    15,
    "alphagov/govuk-helm-charts sleeps 15 s, zalando-incubator/kubernetes-on-aws 60 s",
    "2026-11-22",
)
GKE_NEG = Delay(
    "a Google load balancer with network endpoint groups",
    15,
    "cloud.google.com/knowledge/kb 6416 sleeps 40 s",
    "2026-11-22",
)
AGIC = Delay(
    "an Azure Application Gateway",
    90,
    "Azure/application-gateway-kubernetes-ingress f42103da minimize-downtime-*.md",
    "2026-11-29",
    is_drain=True,
)
NLB_IP = Delay(
    "an NLB with ip targets",
    120,
    "kubernetes-sigs/aws-load-balancer-controller#2366: new flows arrive for about two minutes",
    "2026-11-22",
    is_drain=True,
)
DELAYS = (SERVICE, LOCAL, LOCAL_NODE_PORT, LOAD_BALANCER, PROXY, ALB_IP, GKE_NEG, AGIC, NLB_IP)


class Controller(NamedTuple):
    """A controller of load balancers, known by the classes it serves or their controllers.

    Annotations that begin like one of `marks` show it where no class is named, and with
    `marks_decide` whatever is. `target_type` is the annotation by which it sends to the nodes
    (`instance`) or for `delay` to the pods (`ip`), which is the default of `ip_classes`; with
    `has_negs` network endpoint groups decide. `source` says where the words are declared, `date`
    when they were last compared.
    """

    delay: Delay
    classes: tuple[str, ...]
    source: str
    date: str
    marks: tuple[str, ...] = ()
    marks_decide: bool = False
    target_type: str = ""
    ip_classes: tuple[str, ...] = ()
    has_negs: bool = False


# Those of Ingresses. Load balancers of EKS Auto Mode have ip targets by default (EKS user guide,
# "Learn about VPC networking and load balancing in EKS Auto Mode").
INGRESS_CONTROLLERS = (
    Controller(
        ALB_IP,
        ("alb", "ingress.k8s.aws/alb", "eks.amazonaws.com/alb"),
        "kubernetes-sigs/aws-load-balancer-controller v3.5.0 pkg/ingress/class_loader.go",
        "2026-11-29",
        marks=("alb.ingress.kubernetes.io/",),
        marks_decide=True,
        target_type="alb.ingress.kubernetes.io/target-type",
        ip_classes=("eks.amazonaws.com/alb",),
    ),
    Controller(
        AGIC,
        ("azure/application-gateway", "azure-application-gateway"),
        "Azure/application-gateway-kubernetes-ingress f42103da pkg/environment/environment.go",
        "2026-11-29",
        marks=("appgw.ingress.kubernetes.io/",),
    ),
    Controller(
        GKE_NEG,
        ("gce", "gce-internal"),
        "cloud.google.com: kubernetes-engine, Ingress for Application Load Balancers, annotations",
        "2026-11-22",
        marks=(
            "networking.gke.io/",
            "ingress.gcp.kubernetes.io/",
            "kubernetes.io/ingress.global-static-ip",
        ),
        has_negs=True,
    ),
)

# Of Services of type LoadBalancer; it takes all that name no class.
NLB = Controller(
    NLB_IP,
    ("", "service.k8s.aws/nlb", "eks.amazonaws.com/nlb"),
    "kubernetes-sigs/aws-load-balancer-controller v3.5.0 webhooks/core/service_mutator.go",
    "2026-11-29",
    target_type="service.beta.kubernetes.io/aws-load-balancer-nlb-target-type",
    ip_classes=("eks.amazonaws.com/nlb",),
)
# With `nlb-ip` the older way to ask for pods.
NLB_TYPE = "service.beta.kubernetes.io/aws-load-balancer-type"
