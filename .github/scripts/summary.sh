#!/usr/bin/env bash
# Shows a file of Markdown as the summary of a job: summary.sh FILE. GitHub shows nothing of one over 1 MiB.
set -euo pipefail
readonly most=1000000

{
  if [ ! -s "$1" ]; then
    echo "Nothing changes on AWS."
  elif [ "$(wc -c <"$1")" -gt $most ]; then
    printf '**The end of this does not fit in here**: make diff shows it.\n\n'
  fi
  head -c $most "$1"
} >>"$GITHUB_STEP_SUMMARY"
