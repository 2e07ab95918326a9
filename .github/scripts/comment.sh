#!/usr/bin/env bash
# Writes what a pull request changes on AWS into its one comment: comment.sh FILE. Where nothing changes and nothing was said
# before, nothing is said. Wants NUMBER, the pull request's, and GH_TOKEN.
set -euo pipefail
readonly marker='<!-- what changes on AWS -->'
readonly comments="repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments"

body=$(mktemp)
trap 'rm -f "$body"' EXIT
{
  printf '%s\n## What this changes on AWS\n\n' "$marker"
  if [ -s "$1" ]; then cat "$1"; else echo "Nothing any more."; fi
} >"$body"

ours=".[] | select(.user.login == \"github-actions[bot]\" and (.body | startswith(\"$marker\"))) | .id"
found=$(gh api --paginate "$comments" --jq "$ours" | sed -n 1p)
if [ -n "$found" ]; then
  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$found" --field "body=@$body"
elif [ -s "$1" ]; then
  gh api --silent --method POST "$comments" --field "body=@$body"
fi
