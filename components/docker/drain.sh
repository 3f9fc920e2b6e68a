# Keeps replicas of an app that were replaced until nobody has them open. It waits to be stopped: the engine stops it before
# the replicas that it knows, and kills it when the time is up.
#
# Arguments: the gateway's upstreams.conf; the site's host name; the path of the app's metrics; the replicas' host names.
upstreams=$1 host=$2 metrics=$3
shift 3

# Who is still named there goes on.
leaving() {
  for replica; do
    grep -q "server $replica:" "$upstreams" || echo "$replica"
  done
}

# A replica that is gone, or is no Streamlit, tells of no session. One that does not answer in time (curl's 28) is busy, perhaps
# for somebody who has it open.
any_open() {
  for replica; do
    told=$(curl -s -m 2 -H "Host: $host" "http://$replica:8501$metrics?families=active_sessions")
    [ $? != 28 ] || return 0
    echo "$told" | grep -q '^active_sessions [1-9]' && return
  done
  return 1
}

drain() {
  replicas=$(leaving "$@")
  [ -n "$replicas" ] || exit 0
  # Until the gateway has read the file, it still sends newcomers there.
  sleep 3
  # shellcheck disable=SC2086 # One word for each.
  while any_open $replicas; do sleep 1; done
  exit 0
}

trap 'drain "$@"' TERM
: >/tmp/ready
sleep infinity &
wait
