#!/bin/sh
# nginx with the stream module, which Debian has apart: in the official image it is built in. Of several -g nginx takes the last.
load="load_module /usr/lib/nginx/modules/ngx_stream_module.so;" previous=
for argument; do
  shift
  if [ "$previous" = -g ]; then
    argument="$load $argument" load=
  fi
  set -- "$@" "$argument"
  previous=$argument
done
[ -z "$load" ] || set -- "$@" -g "$load"
exec /usr/lib/nginx/nginx "$@"
