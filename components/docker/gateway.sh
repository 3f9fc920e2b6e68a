# Runs nginx, and has it read the upstreams anew when their file was replaced. Nobody who is connected notices.
#
# Arguments: nginx.conf; the file to watch; where nginx.conf includes it from; what to start with while that file is
# missing or does not fit nginx.conf, because an `up` has not got so far; `test` to tell only whether nginx would start.
config=$1 given=$2 used=$3 first=$4
# For the scripts: in the official image njs is a module of its own.
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

cat "$first" >"$used"
[ "$5" != test ] || exec nginx -t -c "$config" -g "$load"
take
nginx -c "$config" -g "daemon off; $load" &
nginx=$!
trap 'kill $nginx; wait $nginx; exit' TERM
follow &
wait $nginx
