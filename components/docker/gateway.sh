# Runs nginx, and has it read the upstreams anew when their file was replaced. Nobody who is connected notices. Beside it may run a
# second one, for work that must hold up nobody: neither runs without the other.
#
# Arguments: `run`, or `test` to tell only whether nginx would start; nginx.conf; the file to watch; where nginx.conf includes
# it from; what to start with while that file is missing or does not fit nginx.conf, because an `up` has not got so far; the
# configuration of the second one, if there is one.
action=$1 config=$2 given=$3 used=$4 first=$5 background=$6
# For njs scripts: in the official image njs is a module of its own.
module=/usr/lib/nginx/modules/ngx_http_js_module.so load=
[ ! -e $module ] || load="load_module $module;"
seen=/tmp/upstreams.seen previous=/tmp/upstreams.previous

# Take the file as it is now if it is whole and has the upstreams that nginx.conf asks for. One that is half written does
# not, and differs from the whole one that follows.
take() {
  cat "$given" >$seen 2>/dev/null || return
  [ "$(grep '^upstream' $seen)" = "$(grep '^upstream' "$first")" ] || return
  cat "$used" >$previous
  cat $seen >"$used"
  nginx -t -q -c "$config" -g "$load" && return
  cat $previous >"$used"
  return 1
}

# Blocks until something is written to the file, or another one takes its name. Each line of it wakes the loop, so that the
# last one finds the whole file.
follow() {
  while :; do
    tail -n +1 -F "$given" 2>/dev/null | while read -r _; do
      cmp -s "$given" $seen || { take && kill -HUP $nginx; }
    done
    sleep 1
  done
}

# Runs the second nginx to its end, which is that of the first.
beside() {
  nginx -c "$background" -g "daemon off;" &
  second=$!
  trap 'kill $second' TERM
  wait $second
  kill $nginx 2>/dev/null
}

cat "$first" >"$used"
if [ "$action" = test ]; then
  [ -z "$background" ] || nginx -t -c "$background" || exit
  exec nginx -t -c "$config" -g "$load"
fi
take
nginx -c "$config" -g "daemon off; $load" &
nginx=$! beside=
[ -z "$background" ] || {
  beside &
  beside=$!
}
# shellcheck disable=SC2086 # There may be none.
trap 'kill $nginx $beside; wait $nginx; exit' TERM
follow &
wait $nginx
# Not by a signal to this script: nothing else is to be left behind.
# shellcheck disable=SC2086
[ -z "$beside" ] || kill $beside 2>/dev/null
exit 1
