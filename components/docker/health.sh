# A health check that stays in one process. Docker pays some 20 ms of processor time for each command that it starts in a
# container, so one that is started every few seconds costs more than an idle part does by itself.
#
# Arguments: seconds between two probes; the probe, a command that fails when the part is not well.
#
# What is not known to be well is waited for, and the answer is given as soon as it is. The next run, which Docker starts a
# second later, stays and probes for ten minutes: it fails after three failed probes in a row. One that is killed leaves
# no marker, so that the one after it answers at once again.
known=/tmp/known-well seconds=$1
shift

probe() {
  timeout 3 "$@" >/dev/null
}

if ! rm $known 2>/dev/null; then
  patience=45
  until probe "$@"; do
    patience=$((patience - 1))
    [ $patience -gt 0 ] || exit 1
    sleep 1
  done
  : >$known
  exit
fi

rounds=$((600 / seconds)) failures=0
while [ $rounds -gt 0 ]; do
  # From the start of a probe to that of the next: one that hangs is not noticed later.
  sleep "$seconds" &
  if probe "$@"; then failures=0; else failures=$((failures + 1)); fi
  [ $failures -lt 3 ] || exit 1
  wait
  rounds=$((rounds - 1))
done
: >$known
