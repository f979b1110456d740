#!/usr/bin/env bash
# Makes engine/Sluice.Host/demo.ts, the clip that `sluice demo` loops: generated pictures with a clock and a soft
# tone, H.264 + AAC in MPEG-TS. Nothing is downloaded. The same ffmpeg makes the same bytes.
#
#   tools/make-demo-clip.sh [OUTPUT]
#
# Why these settings: closed groups of 25 pictures, so that the loop's seam is a clean start; no B-pictures, so that
# decode and presentation order agree at the seam; a constant mux rate with a PCR every 20 ms, so that pacing by PCR
# is smooth; constrained bit rate, so that 10 s stay under 500 KB.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-engine/Sluice.Host/demo.ts}
seconds=10
font=$(fc-match -f '%{file}' 'DejaVu Sans Mono:bold')

# A dark field with two slow waves of colour, a dot that circles once in 5 s, a name and a running clock. Everything
# repeats after a whole number of periods in 10 s, so that the loop is seamless to the eye.
picture="nullsrc=s=160x90:r=25:d=$seconds,
 geq=lum='66+26*sin(2*PI*(X/160+T/5))+20*sin(2*PI*(Y/90-T/10))':cb='142+22*sin(2*PI*(X/160-T/10))':cr='118+14*sin(2*PI*(Y/120+T/5))',
 scale=640:360:flags=bicubic,format=yuv420p"
name="drawtext=fontfile=$font:text='Sluice':fontsize=84:fontcolor=white:x=(w-tw)/2:y=96"
clock="drawtext=fontfile=$font:text='%{eif\:floor(t)\:d\:2}.%{eif\:mod(n*4,100)\:d\:2}':fontsize=56:fontcolor=white@0.92:x=(w-tw)/2:y=206"
line="drawtext=fontfile=$font:text='every client at its own time':fontsize=19:fontcolor=white@0.7:x=(w-tw)/2:y=296"
dot="drawtext=fontfile=$font:text='●':fontsize=26:fontcolor=0xffd166:x='w/2-tw/2+262*cos(2*PI*t/5)':y='h/2-th/2+138*sin(2*PI*t/5)'"

# Whole cycles in 10 s (220 Hz, 330 Hz, a swell of 0.2 Hz): no click at the seam.
tone="aevalsrc='0.06*(1+0.6*sin(2*PI*0.2*t))*(sin(2*PI*220*t)+0.5*sin(2*PI*330*t))':s=48000:c=stereo:d=$seconds"

ffmpeg -hide_banner -loglevel error -nostdin -y \
  -f lavfi -i "$picture" -f lavfi -i "$tone" -t "$seconds" \
  -filter_complex "[0:v]$name,$clock,$line,$dot[v]" -map '[v]' -map 1:a \
  -c:v libx264 -profile:v main -preset veryslow -threads 1 -g 25 -keyint_min 25 -sc_threshold 0 -bf 0 -flags +cgop+bitexact \
  -x264-params "nal-hrd=none:vbv-maxrate=260:vbv-bufsize=260:bitrate=230:aud=1:repeat-headers=1" \
  -c:a aac -b:a 48k -flags:a +bitexact -fflags +bitexact -map_metadata -1 \
  -f mpegts -muxrate 380k -pcr_period 20 -pat_period 0.2 -sdt_period 1 -mpegts_flags +initial_discontinuity \
  -metadata service_name=Sluice -metadata service_provider=Sluice "$out"

size=$(stat -c %s "$out")
echo "$out: $size bytes"
((size <= 500000)) || { echo "the clip is larger than 500,000 bytes" >&2; exit 1; }
