# Runs nginx, and beside it perhaps a second one, for work that must hold up nobody: neither runs without the other.
#
# Arguments: nginx.conf; the folder of nginx's unix sockets; the configuration of the second one, or nothing; files that somebody
# else renews, which nginx reads anew then.
config=$1 sockets=$2 background=$3
shift 3
# For njs scripts: in the official image njs is a module of its own.
module=/usr/lib/nginx/modules/ngx_http_js_module.so load=
[ ! -e $module ] || load="load_module $module;"

# Runs the second nginx to its end, which is that of the first.
beside() {
  nginx -c "$background" -g "daemon off;" &
  second=$!
  trap 'kill $second' TERM
  wait $second
  kill $nginx 2>/dev/null
}

# Nobody who is connected notices that nginx reads its files anew. What it would not start with is left alone.
follow() {
  before=$(cat "$@" | md5sum)
  while :; do
    sleep 5 &
    wait $!
    now=$(cat "$@" | md5sum)
    [ "$now" = "$before" ] || {
      before=$now
      nginx -t -q -c "$config" -g "$load" && kill -HUP $nginx
    }
  done
}

# Requests that have begun have ten seconds to end. Browsers whose websockets are cut connect again by themselves, to another gateway.
end() {
  kill -QUIT $nginx
  sleep 10 &
  timer=$!
  (wait_for $nginx && kill $timer) 2>/dev/null &
  wait $timer
  # shellcheck disable=SC2086 # There may be none.
  kill $nginx $beside $follow 2>/dev/null
  wait $nginx
  exit
}

wait_for() {
  while kill -0 "$1" 2>/dev/null; do sleep 1; done
}

# An nginx that was killed left its sockets, its folder outlives the container, and nginx does not start where one is.
rm -f "$sockets"/*.sock

nginx -c "$config" -g "daemon off; $load" &
nginx=$! beside='' follow=''
[ -z "$background" ] || {
  beside &
  beside=$!
}
[ $# = 0 ] || {
  follow "$@" &
  follow=$!
}
# nginx's official image asks to be stopped by QUIT, and a pod has no say in it.
trap end TERM QUIT
wait $nginx
# Not by a signal to this script: nothing else is to be left behind.
# shellcheck disable=SC2086
kill $beside $follow 2>/dev/null
exit 1
