#!/bin/sh
# Renders deploy/kubernetes/flowsmith.yaml from the chart: sh deploy/render.sh [path of helm]
set -eu
cd "$(dirname "$0")"
{
  cat <<'TEXT'
# Roles on Kubernetes without Helm: kubectl apply -f deploy/kubernetes/flowsmith.yaml
# Rendered from deploy/helm/flowsmith by deploy/render.sh; change the chart, not this file.
# Make the secret first:
#   kubectl create secret generic flowsmith \
#     --from-literal=FLOWSMITH_DATABASE_URL=postgresql://… --from-literal=FLOWSMITH_ENCRYPTION_KEY=… \
#     --from-literal=FLOWSMITH_USERNAME=… --from-literal=FLOWSMITH_PASSWORD=…
# and write the address of your bucket into the config map.
TEXT
  "${1:-helm}" template flowsmith helm/flowsmith --values kubernetes/values.yaml
} > kubernetes/.flowsmith.yaml
mv kubernetes/.flowsmith.yaml kubernetes/flowsmith.yaml
