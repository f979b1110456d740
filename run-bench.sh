#!/usr/bin/env bash
# Measures, stores and compares:   bash run-bench.sh [quick|scenarios|full] [--strict]
# Installs what is missing (Debian, Ubuntu), publishes out/sluice, runs the micro benchmarks and the scenarios, stores
# everything under perf/results/<UTC date and time>/, builds perf/results/dashboard.html from all stored runs, and prints what
# moved by more than its noise since the last run. quick ends within 5 minutes on 2 cores; scenarios runs every scenario with the rounds
# that its target asks for and no micro benchmarks (an hour); full runs everything. SLUICE_SCENARIOS names the only ones to run.
# The exit code is not 0 when something could not be measured, and with --strict also when something got worse.
# Ctrl-C or SIGTERM ends the measuring early: table, dashboard and comparison are made of what is there (a second one ends at once).
# SLUICE_RESULTS names another folder than perf/results; SLUICE_BENCH_DISK the folder whose disk the store is measured on.
set -euo pipefail
cd "$(dirname "$0")"
exec </dev/null
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1

mode=quick strict=()
for argument in "$@"; do
  case $argument in
    quick|scenarios|full) mode=$argument ;;
    --strict) strict=(--strict) ;;
    *) sed -n '2,11s/^# //p' "$0"; exit 2 ;;
  esac
done

results=${SLUICE_RESULTS:-perf/results}
begun=$(date -u +%Y-%m-%dT%H:%M:%SZ) load=$(cut -d' ' -f1 /proc/loadavg)
stamp=$(date -u +%Y-%m-%dT%H-%M-%SZ)
run=$results/$stamp
work=$(mktemp -d)
trap 'rm -rf "$work"; rmdir "$run" 2>/dev/null || true' EXIT
missing=0 stopped=0 child=
quick_seconds=285

# Ticks of CPU time so far: all, and those that the host of a virtual machine gave to others (proc(5), /proc/stat).
ticks() { awk '/^cpu / { for (i = 2; i <= 9; i++) all += $i; print all, $9 }' /proc/stat; }
stolen_since() { awk -v then="$*" 'BEGIN { split(then, t) } /^cpu / { for (i = 2; i <= 9; i++) all += $i; printf "%.1f", 100 * ($9 - t[2]) / (all - t[1] + 1) }' /proc/stat; }
began_ticks=$(ticks)

say() { printf '\n==> [%3d s] %s\n' "$SECONDS" "$*"; }

# A signal ends the part that runs; what was measured before it is kept.
stop() {
  [ "$stopped" -eq 0 ] || exit 130
  stopped=1
  echo "run-bench: ends early with what it has"
  [ -z "$child" ] || kill "$child" 2>/dev/null || true
}
trap stop INT TERM

# Runs a command beside the shell, so that a signal is heard at once; its exit code is the command's.
part() {
  local code
  "$@" &
  child=$!
  while code=0; wait "$child" || code=$?; kill -0 "$child" 2>/dev/null; do :; done
  child=
  return "$code"
}

# A part that fails is said at the end; the others still count.
fail() { echo "run-bench: $*" >&2; missing=1; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

# The peers that Debian's main archive holds; the scenarios leave out what is not there.
install_missing() {
  local packages=(gcc g++ libc6-dev zlib1g-dev gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good ffmpeg) absent=() package
  for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || absent+=("$package")
  done
  [ ${#absent[@]} -eq 0 ] && return
  say "installing: ${absent[*]}"
  { as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${absent[@]}"; } \
    >"$work/apt.log" 2>&1 || { tail -20 "$work/apt.log"; fail "could not install ${absent[*]}"; }
}

# $1: project, $2: executable. Compiling ahead of time takes most of a quick run: not again when no source is newer.
publish() {
  if [ -x "out/$2" ] && [ -z "$(find engine "$1" ./*.props -newer "out/$2" -type f -not -path '*/obj/*' -not -path '*/bin/*' -print -quit)" ]; then
    say "out/$2 is up to date"
    return
  fi
  say "publish out/$2"
  dotnet publish "$1" -c Release -r linux-x64 -o "$work/publish" --nologo -v quiet >"$work/publish.log" 2>&1 || { cat "$work/publish.log"; exit 1; }
  mkdir -p out
  mv -f "$work/publish/$2" "out/$2"
  touch "out/$2"
}

# quick: two or three of what the hot path stands on, few and short rounds; full: everything.
run_micro() {
  [ "$stopped" -eq 0 ] || return 0
  local filters=('*') job=()
  if [ "$mode" = quick ]; then
    filters=('*WheelBenchmarks*' '*HandOverBenchmarks*' '*HeaderBenchmarks*' '*AppendBenchmarks*')
    job=(--job short --iterationTime 100)
  fi
  # Natively compiled as well, which takes some minutes more: full only.
  export SLUICE_BENCH_OUT=$work/micro SLUICE_BENCH_NATIVE=$([ "$mode" = full ] && echo 1 || echo 0)
  part dotnet run --no-build -c Release --project perf/Sluice.Micro -- --filter "${filters[@]}" "${job[@]}" \
    >"$work/micro.log" 2>&1 || { tail -40 "$work/micro.log"; fail "the micro benchmarks ended with an error"; }
  mkdir -p "$run/micro"
  cp "$work"/micro/results/*.json "$run/micro/" || fail "the micro benchmarks left no results"
}

# All there are; for a quick run the short ones first.
scenarios() {
  local short="null-sink wheel ring fan-out departure-error" known name
  known=$(out/sluice-scenarios list | awk '{ print $1 }')
  if [ "$mode" = quick ]; then
    for name in $short; do grep -x -- "$name" <<<"$known" || true; done
    grep -vxF -f <(tr ' ' '\n' <<<"$short") <<<"$known" || true
  elif [ -n "${SLUICE_SCENARIOS:-}" ]; then
    grep -xF -f <(tr ' ' '\n' <<<"$SLUICE_SCENARIOS") <<<"$known"
  else
    echo "$known"
  fi
}

# One at a time, so that one that fails takes no other with it, and a quick run can stop in time.
run_scenarios() {
  local name left code began before limit=()
  mkdir -p "$run/scenarios"
  for name in $(scenarios); do
    if [ "$stopped" -ne 0 ]; then fail "$name: left out, ended early"; continue; fi
    if [ "$mode" = quick ]; then
      left=$((quick_seconds - SECONDS))
      [ "$left" -ge 5 ] || { echo "$name: left out, the five minutes are over"; continue; }
      limit=(timeout --kill-after=5 "$left")
    fi
    code=0 began=$SECONDS before=$(ticks)
    part "${limit[@]}" out/sluice-scenarios run "$name" "$([ "$mode" = quick ] && echo --quick || echo --full)" --sluice out/sluice --out "$run/scenarios" || code=$?
    echo "$name: $((SECONDS - began)) s, $(stolen_since "$before") % of the CPU time taken away by the host"
    [ "$stopped" -eq 0 ] || { fail "$name: cut short"; continue; }
    case $code in
      0) ;;
      124) echo "$name: cut short, the five minutes are over" ;;
      *) fail "the scenario $name ended with code $code" ;;
    esac
  done
}

# Text from outside as a JSON string.
quote() { printf '"%s"' "$(printf '%s' "$1" | tr -d '\000-\037' | sed 's/[\\"]/\\&/g')"; }

# What holds for the run as a whole. A build of files that are not committed is marked with a +.
describe() {
  local cpu commit changed
  cpu=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -1)
  commit=$(git rev-parse --short=10 HEAD 2>/dev/null || echo unknown)
  changed=$(git status --porcelain -- . ":!$results" 2>/dev/null | head -1)
  cat >"$run/run.json" <<END
{
  "date": "$begun",
  "mode": "$mode",
  "commit": $(quote "$commit${changed:++}"),
  "flags": $(quote "Release, native AOT ${NativeInstructionSet:-x86-64 default}, micro: .NET JIT, load at start $load, $(stolen_since "$began_ticks") % of the CPU time taken away by the host"),
  "machine": { "cpu": $(quote "${cpu:-unknown}"), "cores": $(nproc), "kernel": $(quote "$(uname -r)"), "memoryMiB": $(awk '/MemTotal/ { print int($2 / 1024) }' /proc/meminfo) }
}
END
}

dashboard() { dotnet run --no-build -c Release --project tools/Sluice.Dashboard -- "$@"; }

install_missing
say "build"
dotnet build perf/Sluice.Micro -c Release --nologo -v quiet
dotnet build tools/Sluice.Dashboard -c Release --nologo -v quiet
publish engine/Sluice.Host sluice
[ ! -d perf/Sluice.Scenarios ] || publish perf/Sluice.Scenarios sluice-scenarios

[ "$stopped" -eq 0 ] || exit 130
mkdir -p "$run"
describe
if [ "$mode" != scenarios ]; then
  say "micro benchmarks, $mode"
  run_micro
fi
if [ -d perf/Sluice.Scenarios ]; then
  say "scenarios, $mode"
  run_scenarios
fi

say "results"
describe                        # anew: the host's share is known now
dashboard table "$run" >"$run/table.md" || fail "the run holds no results"
dashboard build --results "$results" || fail "the dashboard was not built"
cat "$run/table.md"
say "since the last run"
dashboard compare --results "$results" "${strict[@]}" || missing=1
say "$run, $results/dashboard.html"
exit "$missing"
