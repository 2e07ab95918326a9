#!/usr/bin/env bash
# Says in one issue, opened when there is none, that a look for drift failed. Wants GH_TOKEN.
set -euo pipefail
readonly title='The infrastructure has drifted, or could not be looked at'
readonly run="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"
readonly body="$run says which stage and what. What to do is in docs/delivery.md, under «Drift»."

found=$(gh issue list --repo "$GITHUB_REPOSITORY" --state open --limit 1000 --json number,title \
  --jq "[.[] | select(.title == \"$title\")][0].number // empty")
if [ -n "$found" ]; then
  gh issue comment "$found" --repo "$GITHUB_REPOSITORY" --body "$body"
else
  gh issue create --repo "$GITHUB_REPOSITORY" --title "$title" --body "$body"
fi
