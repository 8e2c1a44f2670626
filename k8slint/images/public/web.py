"""Web servers and proxies."""

from __future__ import annotations

from k8slint.images.public.row import PublicImage

_LIBRARY = "docker-library/official-images 37079fb336: the last build of every tag"
_TODAY = "2026-11-29"

_NGINX = (("nginx",), f"nginx/docker-nginx stable, mainline; {_LIBRARY}", _TODAY)
_NGINX_RUNS = (("/docker-entrypoint.sh",), ("nginx", "-g", "daemon off;"), "")
_NGINX_RAN = ((), ("nginx", "-g", "daemon off;"), None)
_HTTPD = (("httpd",), f"docker-library/httpd 2.4/Dockerfile; {_LIBRARY}", _TODAY)
_HTTPD_RUNS = ((), ("httpd-foreground",), None)
_PHP = (
    ("php",),
    f"docker-library/php Dockerfile-linux.template, docker-php-entrypoint 445bf414; {_LIBRARY}",
    _TODAY,
)
_PHP_FPM = (("docker-php-entrypoint",), ("php-fpm",), "php")
_PHP_APACHE = (("docker-php-entrypoint",), ("apache2-foreground",), "php")
_HAPROXY = (
    ("haproxy",),
    f"docker-library/haproxy 3.0/Dockerfile, docker-entrypoint.sh; {_LIBRARY}",
    _TODAY,
)
_HAPROXY_FILE = "/usr/local/etc/haproxy/haproxy.cfg"
_HAPROXY_RUNS = (("docker-entrypoint.sh",), ("haproxy", "-f", _HAPROXY_FILE), "haproxy")
_HAPROXYTECH = (("/docker-entrypoint.sh",), *_HAPROXY_RUNS[1:], "USR1")
_CADDY = (("caddy",), f"caddyserver/caddy-docker 2.11/alpine 62d1326; {_LIBRARY}", _TODAY)
_CADDY_RUNS = ("caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile")
_ENVOY = (
    ("envoyproxy/envoy",),
    "envoyproxy/envoy distribution/docker/Dockerfile-envoy 0252c88f47, ci/docker-entrypoint.sh",
    _TODAY,
)
_TOMCAT = (
    ("tomcat",),
    f"docker-library/tomcat 11.0/jdk21 40f27d56; {_LIBRARY}",
    _TODAY,
    (),
    ("catalina.sh", "run"),
    None,
    "TERM",
)
_WORDPRESS = (
    ("wordpress",),
    f"docker-library/wordpress latest, cli, docker-entrypoint.sh bf223d1c2; {_LIBRARY}",
    _TODAY,
)
_SCRIPT = ("docker-entrypoint.sh",)
_NEXTCLOUD = (
    ("nextcloud",),
    f"nextcloud/docker 34, docker-entrypoint.sh 4de1eed6; {_LIBRARY}",
    _TODAY,
)
# Since these releases they are built on a php that has its stop signals.
_ON_PHP = (
    (
        ("joomla",),
        f"joomla-docker/docker-joomla 6.1, docker-entrypoint.sh 562e0fe; {_LIBRARY}",
        ("/entrypoint.sh",),
        (4,),
    ),
    (
        ("matomo",),
        f"matomo-org/docker apache, fpm, docker-entrypoint.sh adb618a; {_LIBRARY}",
        ("/entrypoint.sh",),
        (4,),
    ),
    (
        ("phpmyadmin", "phpmyadmin/phpmyadmin"),
        f"phpmyadmin/docker apache, fpm, docker-entrypoint.sh 452a995; {_LIBRARY}",
        ("/docker-entrypoint.sh",),
        (5,),
    ),
    (
        ("mediawiki",),
        f"wikimedia/mediawiki-docker 1.45: FROM php 618c79d; {_LIBRARY}",
        ("docker-php-entrypoint",),
        (1, 35),
    ),
)
_DRUPAL = (("drupal",), f"docker-library/drupal 11.3 305e3e2: FROM php; {_LIBRARY}", _TODAY)

WEB_IMAGES = (
    PublicImage(*_NGINX, *_NGINX_RUNS, "QUIT", "dash", since=(1, 19, 5)),
    PublicImage(*_NGINX, *_NGINX_RUNS, "TERM", "dash", since=(1, 19)),
    # The last builds of 1.18.0 are from after the change.
    PublicImage(*_NGINX, *_NGINX_RUNS, "QUIT", "dash", since=(1, 18)),
    PublicImage(*_NGINX, *_NGINX_RAN, "TERM", "dash", since=(1, 13, 1)),
    PublicImage(*_NGINX, *_NGINX_RAN, "QUIT", "dash", since=(1, 13)),
    PublicImage(*_NGINX, *_NGINX_RAN, "TERM", "dash", since=(1, 12, 1)),
    PublicImage(*_NGINX, *_NGINX_RAN, "QUIT", "dash", since=(1, 12)),
    PublicImage(*_NGINX, *_NGINX_RAN, "TERM", "dash", since=(1, 7)),
    PublicImage(*_HTTPD, *_HTTPD_RUNS, "WINCH", "dash", since=(2, 4, 41)),
    PublicImage(*_HTTPD, *_HTTPD_RUNS, "TERM", "dash", since=(2, 2)),
    *(
        PublicImage(*_PHP, *_PHP_APACHE, "WINCH", "dash", since, before, "apache")
        for since, before in (
            ((7, 3, 8), ()),
            ((7, 2, 21), (7, 3)),
            ((7, 1, 31), (7, 2)),
        )
    ),
    PublicImage(*_PHP, *_PHP_APACHE, "TERM", "dash", (7, 1), variant="apache"),
    *(
        PublicImage(*_PHP, *_PHP_FPM, "QUIT", "dash", since, before, "fpm")
        for since, before in (
            ((7, 3, 4), ()),
            ((7, 2, 17), (7, 3)),
            ((7, 1, 28), (7, 2)),
        )
    ),
    PublicImage(*_PHP, *_PHP_FPM, "TERM", "dash", (7, 1), variant="fpm"),
    PublicImage(*_PHP, ("docker-php-entrypoint",), ("php", "-a"), "php", "TERM", "dash", (7, 1)),
    # What still older ones run depends on their release.
    PublicImage(*_PHP, signal="", shell="dash"),
    PublicImage(*_HAPROXY, *_HAPROXY_RUNS, "USR1", "dash", since=(2, 4)),
    PublicImage(*_HAPROXY, signal="USR1", shell="dash", since=(1, 8, 13)),
    # What still older ones run depends on their release.
    PublicImage(*_HAPROXY, signal="", shell="dash"),
    PublicImage(
        ("nginxinc/nginx-unprivileged", "nginx/nginx-unprivileged"),
        "nginx/docker-nginx-unprivileged stable, mainline, README.md e26803b",
        _TODAY,
        *_NGINX_RUNS,
        "QUIT",
        "dash",
        since=(1, 19, 5),
    ),
    PublicImage(
        ("haproxytech/haproxy-alpine",),
        "haproxytech/haproxy-docker-alpine 2.6 to 3.5, docker-entrypoint.sh ef64145",
        _TODAY,
        *_HAPROXYTECH,
        "BusyBox",
        since=(2, 6),
    ),
    PublicImage(
        ("haproxytech/haproxy-debian",),
        "haproxytech/haproxy-docker-debian 2.6 to 3.5, docker-entrypoint.sh",
        _TODAY,
        *_HAPROXYTECH,
        "dash",
        since=(2, 6),
    ),
    # The image that builds Caddy is one of Go.
    PublicImage(*_CADDY, since=(2,), variant="builder"),
    PublicImage(*_CADDY, (), _CADDY_RUNS, shell="BusyBox", since=(2,)),
    PublicImage(
        ("traefik",),
        f"traefik/traefik-library-image v3.7/alpine, entrypoint.sh 6973938; {_LIBRARY}",
        _TODAY,
        ("/entrypoint.sh",),
        ("traefik",),
        "traefik",
        shell="BusyBox",
        since=(2, 4),
    ),
    PublicImage(
        *_ENVOY,
        ("/usr/local/bin/envoy",),
        ("-c", "/etc/envoy/envoy.yaml"),
        shell="none",
        since=(1, 20),
        variant="distroless",
    ),
    PublicImage(
        *_ENVOY,
        ("/docker-entrypoint.sh",),
        ("envoy", "-c", "/etc/envoy/envoy.yaml"),
        "envoy",
        shell="dash",
        since=(1, 20),
    ),
    PublicImage(*_TOMCAT, "bash", (8, 5), variant="corretto"),
    PublicImage(*_TOMCAT, "bash", (8, 5), variant="oracle"),
    PublicImage(*_TOMCAT, "dash", (8, 5)),
    PublicImage(
        ("jetty",),
        f"jetty/jetty.docker eclipse-temurin/12.1, docker-entrypoint.sh c6c5ebe; {_LIBRARY}",
        _TODAY,
        ("/docker-entrypoint.sh",),
        ("java", "-jar", "/usr/local/jetty/start.jar"),
        "java",
        shell="dash",
        since=(9, 4),
    ),
    PublicImage(*_WORDPRESS, _SCRIPT, ("wp", "shell"), "wp", "TERM", "BusyBox", variant="cli"),
    # Since these releases they are built on a php that has its stop signals.
    PublicImage(*_WORDPRESS, _SCRIPT, ("php-fpm",), "", "QUIT", "dash", (5, 3), variant="fpm"),
    PublicImage(*_WORDPRESS, _SCRIPT, ("apache2-foreground",), "", "WINCH", "dash", (5, 3)),
    PublicImage(*_WORDPRESS, signal="", shell="dash"),
    PublicImage(
        *_NEXTCLOUD,
        ("/entrypoint.sh",),
        ("php-fpm",),
        "",
        "QUIT",
        "dash",
        (18,),
        variant="fpm",
    ),
    PublicImage(
        *_NEXTCLOUD, ("/entrypoint.sh",), ("apache2-foreground",), "", "WINCH", "dash", (18,)
    ),
    PublicImage(*_DRUPAL, *_PHP_FPM, "QUIT", "dash", (8, 8), variant="fpm"),
    PublicImage(*_DRUPAL, *_PHP_APACHE, "WINCH", "dash", (8, 8)),
    *(
        PublicImage(
            names,
            source,
            _TODAY,
            entrypoint,
            (runs,),
            "php" if entrypoint == _PHP_FPM[0] else "",
            signal,
            "dash",
            since,
            variant=variant,
        )
        for names, source, entrypoint, since in _ON_PHP
        for runs, signal, variant in (
            ("php-fpm", "QUIT", "fpm"),
            ("apache2-foreground", "WINCH", ""),
        )
    ),
    PublicImage(
        ("varnish",),
        f"varnish/docker-varnish stable, fresh eb60dff; {_LIBRARY}",
        _TODAY,
        ("/usr/local/bin/docker-varnish-entrypoint",),
        (),
        "varnishd",
        shell="dash",
        since=(6, 6),
    ),
)
