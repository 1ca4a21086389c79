#!/usr/bin/env bash
# Peak resident memory of `aligned-probing encode`, the vectors of all 25 continuations kept, as docs/reference/performance.md has it.
#   bench/peak.sh MODEL PROMPTS full|bf16 PROMPTS_A_BATCH PROMPTS_IN_ALL [further options of encode]
# The program is the one on the path, or $ALIGNED_PROBING.
set -euo pipefail
[ $# -ge 5 ] || { sed -n 2,4p "$0"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${ALIGNED_PROBING:-aligned-probing}" encode --model "$1" --prompts "$2" --precision "$3" --batch-size "$4" --limit "$5" --chat off --keep $(seq 0 24) --output "$folder/run" "${@:6}" > "$folder/log" 2>&1 &
process=$!
peak=0
while now=$(awk '/VmHWM/ { print $2 }' "/proc/$process/status" 2> /dev/null) && [ -n "$now" ]; do
    peak=$now
    sleep 0.2
done
wait "$process" || { cat "$folder/log"; exit 1; }
echo "| $3 | $4 | $5 | $((peak / 1024)) MB |"
