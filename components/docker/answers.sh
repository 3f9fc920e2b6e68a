# Tells whether an app goes on answering for a while.
#
# Arguments: the URL of its health check; for how many seconds.
url=$1 seconds=$2

# Not the time of day, which may be set meanwhile.
now() {
  read -r uptime _ </proc/uptime
  echo "${uptime%.*}"
}

begin=$(now) missed=0
while :; do
  passed=$(($(now) - begin))
  if [ "$(curl -s -m 5 "$url")" = ok ]; then
    missed=0
    [ $passed -lt "$seconds" ] || exit 0
  else
    # It may be busy for a moment. One that has ended does not answer here again: its new start has another network.
    missed=$((missed + 1))
    if [ $missed = 3 ]; then
      echo "the app was healthy, and after $passed s does not answer any more: it has ended or hangs"
      exit 1
    fi
  fi
  sleep 1
done
