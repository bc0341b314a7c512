#!/usr/bin/env bash
# Upgrades the release "inference" to $IMAGE@$DIGEST with the values of $HELM_VALUES_FILE, and goes back where the upgrade or its
# test fails. Arguments go to helm upgrade.
set -euo pipefail

# What the autoscaler made of the replicas is not a conflict.
helm upgrade inference helm/frontier-inference --install --namespace "$NAMESPACE" --create-namespace \
  --values "$HELM_VALUES_FILE" --set "image.repository=$IMAGE" --set "image.digest=$DIGEST" "$@" \
  --rollback-on-failure --force-conflicts --timeout 10m

if ! helm test inference --namespace "$NAMESPACE" --logs --timeout 5m; then
  helm rollback inference --namespace "$NAMESPACE" --force-conflicts --wait --timeout 10m
  exit 1
fi
