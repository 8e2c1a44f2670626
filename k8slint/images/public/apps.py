"""Applications that come as a finished image."""

from __future__ import annotations

from k8slint.images.public.row import PublicImage

_LIBRARY = "docker-library/official-images 37079fb336: the last build of every tag"
_TODAY = "2026-11-29"

_SCRIPT = ("docker-entrypoint.sh",)
_REGISTRY = (
    ("registry",),
    f"distribution/distribution-library-image Dockerfile, entrypoint.sh a829ed8; {_LIBRARY}",
    _TODAY,
    ("/entrypoint.sh",),
)
_SONARQUBE = (
    ("sonarqube",),
    f"SonarSource/docker-sonarqube community-build, commercial-editions df5a6ae; {_LIBRARY}",
    _TODAY,
)
_JENKINS = (
    ("jenkins/jenkins",),
    "jenkinsci/docker debian, alpine/hotspot, jenkins.sh ab3f5e0a",
    _TODAY,
)
_KIBANA = (
    ("kibana", "kibana/kibana"),
    f"elastic/dockerfiles kibana 3b01a0b; {_LIBRARY}",
    _TODAY,
    ("/bin/tini", "--"),
    ("/usr/local/bin/kibana-docker",),
    None,
    "TERM",
)
_LOGSTASH = (
    ("logstash", "logstash/logstash"),
    f"elastic/dockerfiles logstash 3b01a0b; elastic/logstash docker/ 5e535656; {_LIBRARY}",
    _TODAY,
    ("/usr/local/bin/docker-entrypoint",),
    (),
    "logstash",
    "TERM",
)
_GITEA = (
    ("gitea/gitea", "docker.gitea.com/gitea"),
    "code.gitea.io/gitea v1.24.0 Dockerfile, Dockerfile.rootless, docker/",
    _TODAY,
)
_ADMINER = (
    ("adminer",),
    f"TimWolla/docker-adminer 5, entrypoint.sh 7088bf0; {_LIBRARY}",
    _TODAY,
    ("entrypoint.sh", "docker-php-entrypoint"),
)
_SELENIUM = (
    *("hub", "router", "distributor", "sessions", "session-queue", "event-bus"),
    *("node-chrome", "node-firefox", "node-edge", "standalone-chrome", "standalone-firefox"),
)
_DOCKER = (
    ("docker",),
    f"docker-library/docker 29, docker-entrypoint.sh, dockerd-entrypoint.sh 3289af8; {_LIBRARY}",
    _TODAY,
)
_DOCKERD = (*_DOCKER, ("dockerd-entrypoint.sh",), (), "dockerd", "TERM", "BusyBox")

APP_IMAGES = (
    # Its script hands its arguments to the server.
    PublicImage(
        ("grafana/grafana", "grafana/grafana-oss"),
        "grafana/grafana packaging/docker/Dockerfile 0014fb6402, run.sh 07754534fb",
        _TODAY,
        ("/run.sh",),
        shell="BusyBox",
        since=(7,),
    ),
    PublicImage(
        ("keycloak/keycloak",),
        "keycloak/keycloak quarkus/container/Dockerfile 0463815bc9 (22.0.11), bin/kc.sh",
        _TODAY,
        ("/opt/keycloak/bin/kc.sh",),
        shell="bash",
        since=(22,),
    ),
    PublicImage(
        *(*_REGISTRY, ("/etc/distribution/config.yml",), "registry"), shell="BusyBox", since=(3,)
    ),
    PublicImage(
        *(*_REGISTRY, ("/etc/docker/registry/config.yml",), "registry"),
        shell="BusyBox",
        since=(2, 5),
    ),
    PublicImage(
        ("vault", "hashicorp/vault"),
        "hashicorp/vault v1.20.0 Dockerfile, .release/docker; hashicorp/docker-vault 0.X ed32395",
        _TODAY,
        _SCRIPT,
        ("server", "-dev"),
        "vault",
        shell="BusyBox",
        since=(0, 9),
    ),
    PublicImage(
        ("consul", "hashicorp/consul"),
        "hashicorp/consul v1.21.0 Dockerfile, .release/docker; docker-consul 0.X aedd084",
        _TODAY,
        _SCRIPT,
        ("agent", "-dev", "-client", "0.0.0.0"),  # noqa: S104 - what its Dockerfile says
        "consul",
        shell="BusyBox",
        since=(0, 7),
    ),
    PublicImage(
        *_GITEA,
        ("/usr/bin/dumb-init", "--", "/usr/local/bin/docker-entrypoint.sh"),
        (),
        "",
        shell="BusyBox",
        since=(1, 24),
        variant="rootless",
    ),
    PublicImage(
        *(*_GITEA, ("/usr/bin/entrypoint",), ("/usr/bin/s6-svscan", "/etc/s6"), ""),
        shell="BusyBox",
        since=(1, 24),
    ),
    PublicImage(
        ("ghost",),
        f"docker-library/ghost 6, docker-entrypoint.sh 7edb45d; {_LIBRARY}",
        _TODAY,
        _SCRIPT,
        ("node", "current/index.js"),
        "",
        shell="dash",
        since=(1,),
    ),
    # The search and app nodes of a cluster have a script of their own.
    PublicImage(*_SONARQUBE, signal="INT", since=(9, 9), variant="datacenter"),
    PublicImage(
        *(*_SONARQUBE, ("/opt/sonarqube/docker/entrypoint.sh",), (), "java", "INT", "dash"),
        since=(9, 9),
    ),
    PublicImage(
        *_JENKINS,
        ("/sbin/tini", "--", "/usr/local/bin/jenkins.sh"),
        (),
        "java",
        shell="BusyBox",
        since=(2, 457),
        variant="alpine",
    ),
    # Where their tini is depends on their release.
    PublicImage(*_JENKINS, shell="BusyBox", since=(2, 355), variant="alpine"),
    PublicImage(*_JENKINS, shell="bash", since=(2, 355), variant="rhel"),
    PublicImage(
        *_JENKINS,
        ("/usr/bin/tini", "--", "/usr/local/bin/jenkins.sh"),
        (),
        "java",
        shell="dash",
        since=(2, 355),
    ),
    PublicImage(*_JENKINS, signal="", shell="dash"),
    PublicImage(*_KIBANA, "bash", since=(9,)),
    PublicImage(*_KIBANA, "dash", since=(7, 17, 15)),
    PublicImage(*_LOGSTASH, "bash", since=(9,)),
    PublicImage(*_LOGSTASH, "dash", since=(7, 17, 15)),
    PublicImage(*_DOCKERD, variant="dind"),
    PublicImage(*_DOCKER, shell="BusyBox", variant="git"),
    PublicImage(*_DOCKER, _SCRIPT, ("sh",), "docker", "TERM", "BusyBox", variant="cli"),
    PublicImage(*_DOCKERD, (23,)),
    PublicImage(*_DOCKER, _SCRIPT, ("sh",), "docker", "TERM", "BusyBox", (1,), (22,)),
    PublicImage(*_DOCKER, shell="BusyBox"),
    PublicImage(
        ("curlimages/curl",),
        "curl/curl-container create_base_image.sh, etc/entrypoint.sh 96c8e58",
        _TODAY,
        ("/entrypoint.sh",),
        ("curl",),
        "curl",
        shell="BusyBox",
        since=(8, 2),
    ),
    PublicImage(("curlimages/curl",), "FROM alpine in its Dockerfile", _TODAY, shell="BusyBox"),
    PublicImage(
        ("odoo",),
        f"odoo/docker 18.0, entrypoint.sh f7f67653; {_LIBRARY}",
        _TODAY,
        ("/entrypoint.sh",),
        ("odoo",),
        "odoo",
        shell="dash",
        since=(10,),
    ),
    PublicImage(*(*_ADMINER, ("php-fpm",), "", "QUIT", "BusyBox", (5,)), variant="fastcgi"),
    PublicImage(
        *(*_ADMINER, ("php", "-S", "[::]:8080", "-t", "/var/www/html"), "", "INT", "BusyBox", (5,))
    ),
    PublicImage(
        ("mongo-express",),
        f"mongo-express/mongo-express-docker 1.0, docker-entrypoint.sh 0752343; {_LIBRARY}",
        _TODAY,
        ("/sbin/tini", "--", "/docker-entrypoint.sh"),
        ("mongo-express",),
        "",
        shell="BusyBox",
        since=(1,),
    ),
    # Its script stays the parent, and passes SIGTERM on to supervisord.
    PublicImage(
        tuple(f"selenium/{name}" for name in _SELENIUM),
        "SeleniumHQ/docker-selenium Base/{Dockerfile,entry_point.sh} 3290a305",
        _TODAY,
        (),
        ("/opt/bin/entry_point.sh",),
        shell="dash",
        since=(4,),
    ),
)
