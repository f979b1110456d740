#!/usr/bin/env bash
# Runs every test:   bash tests/run.sh
# Installs the real clients that the tests use when they are missing (Debian, Ubuntu), builds, publishes the native
# binary to out/sluice, runs all test projects, and ends with the line "N passed, N failed". The exit code is not 0
# when a test failed, when the build warns, or when no test ran.
set -euo pipefail
cd "$(dirname "$0")/.."
exec </dev/null
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1

passed=0 failed=0
results=$(mktemp -d)

# Whatever happens, the last line is the count.
finish() {
  local code=$?
  rm -rf "$results"
  [ "$code" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ] || exit 1
}
trap finish EXIT

say() { printf '\n==> %s\n' "$*"; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

install_missing() {
  local packages=(ffmpeg vlc-bin vlc-plugin-base gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good
    gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly gstreamer1.0-libav gstreamer1.0-rtsp libgstrtspserver-1.0-0 tshark chromium fonts-dejavu-core
    iproute2 procps curl gcc libc6-dev strace zlib1g-dev)
  local missing=() package
  for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  say "installing: ${missing[*]}"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$results/apt.log" 2>&1 \
    || { cat "$results/apt.log"; exit 1; }
}

# $1: project, $2: executable.
publish() {
  local log="$results/publish.log"
  dotnet publish "$1" -c Release -r linux-x64 -o "$results/publish" --nologo -v minimal >"$log" 2>&1 || { cat "$log"; exit 1; }
  # Warnings are errors already; this catches those that only a linker or a tool prints.
  if grep -Eiq '\bwarning\b' "$log"; then cat "$log"; exit 1; fi
  mkdir -p out
  mv -f "$results/publish/$2" "out/$2"
  echo "out/$2: $(stat -c %s "out/$2") bytes"
}

# Adds the counters of one trx file: an aborted run has no such file, or one whose outcome says so.
count() {
  local trx=$1 line
  if ! line=$(grep -o '<Counters [^>]*>' "$trx" 2>/dev/null); then
    failed=$((failed + 1)); return
  fi
  number() { sed -nE "s/.* $1=\"([0-9]+)\".*/\1/p" <<<"$line"; }
  local total; total=$(number total)
  passed=$((passed + $(number passed)))
  # Everything that did not pass has failed: errors, timeouts, and tests that were skipped.
  failed=$((failed + total - $(number passed)))
}

run_project() {
  local project=$1 name; name=$(basename "$project" .csproj)
  say "$name"
  local code=0 before=$failed
  dotnet test "$project" -c Release --no-build --logger "trx;LogFileName=$results/$name.trx" --logger "console;verbosity=minimal" || code=$?
  count "$results/$name.trx"
  # A run that failed without a failed test (a crash of the host) counts as one.
  if [ "$code" -ne 0 ] && [ "$failed" -eq "$before" ]; then failed=$((failed + 1)); fi
}

install_missing
say "restore and build"
dotnet restore Engine.sln --locked-mode -v quiet
dotnet build Engine.sln -c Release --no-restore --nologo -v quiet
say "publish the native binaries"
publish engine/Sluice.Host sluice
publish tools/Sluice.Load sluice-load
while read -r project; do
  run_project "$project"
done < <(grep -rl --include='*.csproj' 'Microsoft.NET.Test.Sdk' tests | sort)
