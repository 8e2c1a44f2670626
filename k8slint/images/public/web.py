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
)
