#!/usr/bin/env bash
# Builds Sluice as one native binary and starts its demo:   bash tools/demo.sh [options of "sluice demo"]
# Needs the .NET SDK; installs a C compiler and the zlib headers, which the native build links with, when they are missing.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n==> %s\n' "$*" >&2; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else say "cannot do this without root or sudo: $*"; exit 1
  fi
}

has_zlib() { printf '#include <zlib.h>\nint main(void){return zlibVersion()==0;}' | cc -xc - -lz -o /dev/null 2>/dev/null; }

install_compiler() {
  local missing=()
  command -v cc >/dev/null || missing+=(gcc libc6-dev)
  { command -v cc >/dev/null && has_zlib; } || missing+=(zlib1g-dev)
  [ ${#missing[@]} -eq 0 ] && return
  if ! command -v apt-get >/dev/null; then
    say "the native build needs a C compiler and the zlib headers; install them and run this again"; exit 1
  fi
  say "installing what the native build needs: ${missing[*]}"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

publish() {
  local temp
  temp=$(mktemp -d)
  if ! dotnet publish engine/Sluice.Host -c Release -r linux-x64 -o "$temp" --nologo -v quiet >"$temp.log" 2>&1; then
    cat "$temp.log" >&2; rm -rf "$temp" "$temp.log"; exit 1
  fi
  mkdir -p out
  mv -f "$temp/sluice" out/sluice
  rm -rf "$temp" "$temp.log"
}

if ! command -v dotnet >/dev/null; then
  say "the .NET SDK is missing: https://dotnet.microsoft.com/download (version 10)"; exit 1
fi
install_compiler
say "publishing the native binary (half a minute, more the first time)"
publish
say "out/sluice is ready: $(du -h out/sluice | cut -f1), $(out/sluice --version)"
exec out/sluice demo "$@"
