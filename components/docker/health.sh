# A health check that stays in one process. Docker pays some 20 ms of processor time for each command that it starts in a
# container, so one that is started every few seconds costs more than an idle part does by itself.
#
# Arguments, each a command as words with blanks between them: the probe, which fails when the part is not well; and what
# watches for ten minutes and fails when the part is no longer well. Without the second, the probe is repeated every five seconds.
#
# What is not known to be well is waited for, and the answer is given as soon as it is. The next run, which Docker starts a
# second later, watches. One that is killed leaves no marker, so that the one after it answers at once again.
set -f
known=/tmp/known-well probe=$1 watch=$2

probe() {
  # shellcheck disable=SC2086 # Its words.
  timeout 2 $probe >/dev/null
}

# Fails after three failed probes in a row.
watch() {
  failures=0 rounds=120
  while [ $rounds -gt 0 ]; do
    # From the start of a probe to that of the next: one that hangs is not noticed later.
    sleep 5 &
    if probe; then failures=0; else failures=$((failures + 1)); fi
    [ $failures -lt 3 ] || exit 1
    wait
    rounds=$((rounds - 1))
  done
}

if rm $known 2>/dev/null; then
  # shellcheck disable=SC2086 # Its words.
  ${watch:-watch} || exit 1
else
  patience=45
  until probe; do
    patience=$((patience - 1))
    [ $patience -gt 0 ] || exit 1
    sleep 1
  done
fi
: >$known
