"""What brings volumes: CSI sidecars and drivers."""

from __future__ import annotations

from k8slint.images.public.row import PublicImage

_TODAY = "2026-11-29"
_GCE_PD = (
    "gke.gcr.io/gcp-compute-persistent-disk-csi-driver",
    "cloud-provider-gcp/gcp-compute-persistent-disk-csi-driver",
)
_GCE_PD_SOURCE = "kubernetes-sigs/gcp-compute-persistent-disk-csi-driver Dockerfile"

STORAGE_IMAGES = (
    PublicImage(
        ("sig-storage/csi-attacher", "k8scsi/csi-attacher"),
        "kubernetes-csi/external-attacher e6106024 Dockerfile, since v1.1.0",
        _TODAY,
        ("/csi-attacher",),
        shell="none",
        since=(1, 1),
    ),
    PublicImage(
        ("sig-storage/csi-provisioner", "k8scsi/csi-provisioner"),
        "kubernetes-csi/external-provisioner 0688604fa Dockerfile, since v1.1.0",
        _TODAY,
        ("/csi-provisioner",),
        shell="none",
        since=(1, 1),
    ),
    PublicImage(
        ("sig-storage/csi-resizer", "k8scsi/csi-resizer"),
        "kubernetes-csi/external-resizer beef24d8 Dockerfile, since v0.1.0",
        _TODAY,
        ("/csi-resizer",),
        shell="none",
    ),
    PublicImage(
        ("sig-storage/csi-snapshotter", "k8scsi/csi-snapshotter"),
        "kubernetes-csi/external-snapshotter afb2f0d85 cmd/csi-snapshotter/Dockerfile, v1.1.0",
        _TODAY,
        ("/csi-snapshotter",),
        shell="none",
        since=(1, 1),
    ),
    PublicImage(
        ("sig-storage/snapshot-controller", "k8scsi/snapshot-controller"),
        "kubernetes-csi/external-snapshotter afb2f0d85 cmd/snapshot-controller/Dockerfile",
        _TODAY,
        ("/snapshot-controller",),
        shell="none",
    ),
    PublicImage(
        (
            "sig-storage/csi-node-driver-registrar",
            "k8scsi/csi-node-driver-registrar",
        ),
        "kubernetes-csi/node-driver-registrar 3482d444 Dockerfile, since v1.1.0",
        _TODAY,
        ("/csi-node-driver-registrar",),
        shell="none",
        since=(1, 1),
    ),
    PublicImage(
        ("sig-storage/livenessprobe", "k8scsi/livenessprobe"),
        "kubernetes-csi/livenessprobe e60f18af Dockerfile, since v1.1.0",
        _TODAY,
        ("/livenessprobe",),
        shell="none",
        since=(1, 1),
    ),
    PublicImage(
        _GCE_PD,
        f"{_GCE_PD_SOURCE}, v0.1.0 to v1.13.9",
        _TODAY,
        ("/gce-pd-csi-driver",),
        before=(1, 14),
    ),
    PublicImage(
        _GCE_PD,
        f"{_GCE_PD_SOURCE} b560165c, since v1.17.0: a script that starts the driver",
        _TODAY,
        ("/initialize-driver.sh",),
        since=(1, 17),
    ),
    PublicImage(
        ("ebs-csi-driver/aws-ebs-csi-driver",),
        "kubernetes-sigs/aws-ebs-csi-driver 429e202e Dockerfile (linux), since v0.1.0",
        _TODAY,
        ("/bin/aws-ebs-csi-driver",),
    ),
    PublicImage(
        ("kubernetes-csi/azuredisk-csi",),
        "kubernetes-sigs/azuredisk-csi-driver d983d613b pkg/azurediskplugin/Dockerfile",
        _TODAY,
        ("/azurediskplugin",),
    ),
    PublicImage(
        ("topolvm/topolvm", "topolvm/topolvm-with-sidecar"),
        "topolvm/topolvm 83e3dcee Dockerfile, since v0.6.0",
        _TODAY,
        ("/hypertopolvm",),
        shell="dash",
    ),
    PublicImage(
        ("velero/velero",),
        "velero-io/velero d2241adba Dockerfile, since v1.5.1: no entry point and no command",
        _TODAY,
        (),
        since=(1, 5, 1),
    ),
)
