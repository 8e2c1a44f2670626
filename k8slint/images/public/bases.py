"""Base images, which declare little but a shell, and tools."""

from __future__ import annotations

from k8slint.images.public.row import PublicImage

_TODAY = "2026-11-29"
_OFFICIAL = ("https://github.com/docker-library/official-images library/*", _TODAY)
_DOCKERFILES = ("FROM alpine or busybox in their Dockerfiles", _TODAY)
_PAUSE = "kubernetes/kubernetes build/pause 10765f6a6d; aws/eks-distro docker/pause 18f31b9202"
_LIBRARY = "docker-library/official-images 37079fb336: the last build of every tag"
_PYTHON = (("python",), f"docker-library/python 3.14 4f070595; {_LIBRARY}", _TODAY)
_NODE = (("node",), f"nodejs/docker-node 24, docker-entrypoint.sh f27d936f; {_LIBRARY}", _TODAY)
_TEMURIN = (
    ("eclipse-temurin",),
    f"adoptium/containers 21, entrypoint.sh d8d18d67; {_LIBRARY}",
    _TODAY,
)
_BASH = (("bash",), f"tianon/docker-bash 5.3, docker-entrypoint.sh cd784eb; {_LIBRARY}", _TODAY)
_DOTNET = (
    ("dotnet/runtime", "dotnet/aspnet", "dotnet/sdk", "dotnet/runtime-deps"),
    "dotnet/dotnet-docker src/{runtime-deps,runtime,aspnet,sdk}/{8.0,9.0,10.0} 3ed00b611c",
    _TODAY,
)

BASE_IMAGES = (
    PublicImage(
        ("alpine",),
        "alpinelinux/docker-alpine x86_64/Dockerfile v3.6 a63b6f1 to edge 446ba06",
        _TODAY,
        (),
        ("/bin/sh",),
        shell="BusyBox",
    ),
    PublicImage(
        ("ubuntu",),
        "docker-library/repo-info repos/ubuntu/local 16.04.md, 24.04.md, latest.md 34e0037a44",
        _TODAY,
        (),
        ("/bin/bash",),
        shell="dash",
        since=(16, 4),
    ),
    PublicImage(
        ("busybox",),
        "docker-library/busybox latest/glibc/Dockerfile 9c20878",
        _TODAY,
        (),
        ("sh",),
        shell="BusyBox",
    ),
    PublicImage(
        (
            *("kubernetes/pause", "google-containers/pause", "google_containers/pause"),
            *("google-containers/pause-amd64", "google_containers/pause-amd64"),
            *("registry.k8s.io/pause", "k8s.gcr.io/pause", "k8s.gcr.io/pause-amd64"),
        ),
        _PAUSE,
        _TODAY,
        ("/pause",),
        shell="none",
    ),
    PublicImage(
        ("amazonlinux", "amazonlinux/amazonlinux"),
        "amazonlinux/container-images Dockerfile: 2016.09 to 2018.03, amzn2, al2023 a414ca0",
        _TODAY,
        (),
        ("/bin/bash",),
    ),
    PublicImage(
        ("amazon/aws-cli", "aws-cli/aws-cli"),
        "aws/aws-cli v2 73fb33bb1 and 2.4.7 docker/Dockerfile: FROM amazonlinux",
        _TODAY,
        ("/usr/local/bin/aws",),
        shell="bash",
    ),
    # What they run depends on their release; the shell does not.
    PublicImage(
        ("nicolaka/netshoot",),
        *_DOCKERFILES,
        signal="",
        shell="BusyBox",
    ),
    # Without a word in the tag they are built on Debian or Ubuntu.
    PublicImage(
        ("pypy", "rust", "gcc", "elixir", "erlang", "buildpack-deps", "maven", "gradle"),
        *_OFFICIAL,
        signal="",
        shell="dash",
    ),
    PublicImage(
        ("debian",),
        "debuerreotype/docker-debian-artifacts {bullseye,bookworm,trixie}/oci image-config.json",
        _TODAY,
        (),
        ("bash",),
        shell="dash",
    ),
    PublicImage(*_PYTHON, (), ("python3",), shell="dash", since=(3,)),
    PublicImage(*_PYTHON, (), ("python2",), shell="dash", since=(2, 7)),
    PublicImage(*_PYTHON, shell="dash"),
    *(
        PublicImage(
            *(*_NODE, ("docker-entrypoint.sh",), ("node",), "node"),
            shell="dash",
            since=since,
            before=before,
        )
        for since, before in (((12, 4), ()), ((10, 16), (11,)))
    ),
    PublicImage(*_NODE, shell="dash"),
    PublicImage(
        ("ruby",),
        f"docker-library/ruby 4.0 d55e25ae7; {_LIBRARY}",
        _TODAY,
        (),
        ("irb",),
        shell="dash",
    ),
    # What they run is an interpreter of some release, or the shell of their base.
    PublicImage(
        ("golang",), f"docker-library/golang 1.27 7c8c182; {_LIBRARY}", _TODAY, shell="dash"
    ),
    PublicImage(("perl",), f"Perl/docker-perl 5.042 8b707a1; {_LIBRARY}", _TODAY, shell="dash"),
    # Some of its tags are on Debian, others on Oracle Linux.
    PublicImage(("openjdk",), f"docker-library/openjdk da2d75fd; {_LIBRARY}", _TODAY),
    PublicImage(("amazoncorretto",), f"corretto/corretto-docker 7075fec; {_LIBRARY}", _TODAY),
    *(
        PublicImage(
            *(*_TEMURIN, ("/__cacert_entrypoint.sh",), cmd, ""),
            shell="dash",
            since=since,
            before=before,
            variant=variant,
        )
        for variant, cmd in (("jre", ()), ("", ("jshell",)))
        for since, before in (((21,), ()), ((17,), (18,)), ((11,), (12,)))
    ),
    PublicImage(*_TEMURIN, shell="dash"),
    PublicImage(
        *(*_BASH, ("docker-entrypoint.sh",), ("bash",), "bash"), shell="BusyBox", since=(5,)
    ),
    PublicImage(*_BASH, shell="BusyBox"),
    *(
        PublicImage(*_DOTNET, shell=shell, since=(8,), variant=variant)
        for variant, shell in (
            ("chiseled", "none"),
            ("distroless", "none"),
            ("azurelinux", "bash"),
        )
    ),
    PublicImage(*_DOTNET, shell="dash", since=(8,)),
)
