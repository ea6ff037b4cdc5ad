# Judges $CONFORMANCE_TARGET, tells the job what was found, and ends with the exit code of the run.
# Everything is given by the environment, so that no input is ever read as a piece of shell.
set -uo pipefail

directory=$CONFORMANCE_REPORT_DIR
report=$directory/report.json
rm -f "$report" # a report of an earlier run is not this one's

# What a target says must not be read as a command to the runner.
token=$(python3 -c 'import secrets; print(secrets.token_hex(16))')
echo "::stop-commands::$token"
conformance run --quiet
code=$?
echo "::$token::"

verdict=none
if [ -f "$report" ]; then
  verdict=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1], encoding="utf-8"))["verdict"])' "$report")
  conformance render "$report" --format github
  conformance render "$report" --format github-summary >>"$GITHUB_STEP_SUMMARY"
  conformance render "$report" --format badge --output "$directory/badge.svg"
else
  echo "::error title=Conformance::Nothing was judged; the run ended with exit code $code."
fi

{
  echo "verdict=$verdict"
  echo "exit-code=$code"
  echo "report=$report"
  echo "html=$directory/report.html"
  echo "junit=$directory/junit.xml"
  echo "badge=$directory/badge.svg"
} >>"$GITHUB_OUTPUT"
exit "$code"
