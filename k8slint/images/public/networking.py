"""Networks, proxies and ingress controllers."""

from __future__ import annotations

from k8slint.images.public.row import PublicImage

_TODAY = "2026-11-29"
_FLANNEL = ("flannel/flannel", "flannel-io/flannel", "coreos/flannel")

NETWORK_IMAGES = (
    PublicImage(
        ("metallb/controller",),
        "metallb/metallb controller/Dockerfile, v0.6.0 to v0.14.5",
        _TODAY,
        ("/controller",),
        shell="BusyBox",
        since=(0, 6),
        before=(0, 14, 6),
    ),
    PublicImage(
        ("metallb/controller",),
        "metallb/metallb 7938d3f89 controller/Dockerfile, since v0.14.6",
        _TODAY,
        ("/controller",),
        shell="none",
        since=(0, 14, 6),
    ),
    PublicImage(
        ("metallb/speaker",),
        "metallb/metallb speaker/Dockerfile, v0.6.0 to v0.14.5",
        _TODAY,
        ("/speaker",),
        shell="BusyBox",
        since=(0, 6),
        before=(0, 14, 6),
    ),
    PublicImage(
        ("metallb/speaker",),
        "metallb/metallb 7938d3f89 speaker/Dockerfile, since v0.14.6",
        _TODAY,
        ("/speaker",),
        shell="none",
        since=(0, 14, 6),
    ),
    PublicImage(
        _FLANNEL,
        "flannel-io/flannel cdf76059 images/Dockerfile, since v0.10.0",
        _TODAY,
        ("/opt/bin/flanneld",),
        shell="BusyBox",
        since=(0, 10),
    ),
    PublicImage(
        ("ingress-nginx/controller",),
        "kubernetes/ingress-nginx dbb11b92d rootfs/Dockerfile, since controller-v0.34.0",
        _TODAY,
        ("/usr/bin/dumb-init", "--"),
        ("/nginx-ingress-controller",),
        shell="BusyBox",
    ),
    PublicImage(
        ("nginx/nginx-ingress", "nginxinc/nginx-ingress"),
        "nginx/kubernetes-ingress 0eb3072d1 build/Dockerfile, since v1.12.0",
        _TODAY,
        ("/nginx-ingress",),
        since=(1, 12),
    ),
    PublicImage(
        ("projectcontour/contour",),
        "projectcontour/contour 31c4bb38e Dockerfile, since v0.11.0: neither is written",
        _TODAY,
        (),
        shell="none",
        since=(0, 11),
    ),
    PublicImage(
        ("cybozu-go/contour-plus", "cybozu/contour-plus"),
        "cybozu-go/contour-plus 0ff10705 Dockerfile, since v0.1.0",
        _TODAY,
        ("/contour-plus",),
        shell="none",
    ),
    PublicImage(
        ("istio/pilot", "release/pilot"),
        "istio/istio 86c9f01fd73 pilot/docker/Dockerfile.pilot, since 0.3.0",
        _TODAY,
        ("/usr/local/bin/pilot-discovery",),
    ),
    PublicImage(
        ("kong",),
        "Kong/docker-kong d1ed165 ubuntu/Dockerfile, docker-entrypoint.sh, since 3.0.1",
        _TODAY,
        ("/docker-entrypoint.sh",),
        ("kong", "docker-start"),
        signal="QUIT",
        shell="dash",
        since=(3, 0, 1),
    ),
    PublicImage(
        ("cilium/hubble-relay",),
        "cilium/cilium v1.18.0 images/hubble-relay/Dockerfile",
        _TODAY,
        ("/usr/bin/hubble-relay",),
        ("serve",),
        since=(1, 18),
    ),
    PublicImage(
        ("cilium/cilium",),
        "cilium/cilium v1.18.0 images/cilium/Dockerfile",
        _TODAY,
        (),
        ("/usr/bin/cilium-dbg",),
        since=(1, 18),
    ),
    PublicImage(
        ("cilium/operator-generic",),
        "cilium/cilium v1.18.0 images/operator/Dockerfile",
        _TODAY,
        (),
        ("/usr/bin/cilium-operator-generic",),
        since=(1, 18),
    ),
    PublicImage(
        ("cloudnativelabs/kube-router",),
        "cloudnativelabs/kube-router 7c2c2779 Dockerfile, since v0.0.5",
        _TODAY,
        ("/usr/local/bin/kube-router",),
        since=(0, 0, 5),
    ),
    PublicImage(
        ("provider-aws/cloud-controller-manager",),
        "kubernetes/cloud-provider-aws 63ec440c Dockerfile, since v1.20.0",
        _TODAY,
        ("/bin/aws-cloud-controller-manager",),
        shell="none",
        since=(1, 20),
    ),
)
