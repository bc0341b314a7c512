#!/usr/bin/env bash
# Starts a canary of $IMAGE@$DIGEST beside the pods of the release "inference", which it leaves as they are, and watches it for ten
# minutes: it must stay up, be asked, and fail at most 1 % of what it is asked.
set -euo pipefail

if ! kubectl get deployment -n "$NAMESPACE" -l frontier-inference/track=stable -o name | grep -q .; then
  echo 'There is nothing yet that a canary could stand beside.'
  exit 0
fi

helm template inference helm/frontier-inference --namespace "$NAMESPACE" --values "$HELM_VALUES_FILE" \
  --show-only templates/deployment.yaml --set canary.enabled=true \
  --set "canary.image.repository=$IMAGE" --set "canary.image.digest=$DIGEST" |
  kubectl apply -n "$NAMESPACE" -l frontier-inference/track=canary -f -
name=$(kubectl get deployment -n "$NAMESPACE" -l frontier-inference/track=canary -o name)
kubectl rollout status -n "$NAMESPACE" "$name" --timeout=10m
pod=$(kubectl get pods -n "$NAMESPACE" -l frontier-inference/track=canary --field-selector=status.phase=Running \
  --sort-by=.metadata.creationTimestamp -o name | tail -1)

for _ in $(seq "${MINUTES:-10}"); do
  sleep "${MINUTE_SECONDS:-60}"
  restarts=$(kubectl get -n "$NAMESPACE" "$pod" -o jsonpath='{.status.containerStatuses[0].restartCount}')
  [[ $restarts == 0 ]] || { echo "The canary was started again $restarts times."; exit 1; }
  metrics=$(kubectl get --raw "/api/v1/namespaces/$NAMESPACE/pods/${pod#pod/}:8080/proxy/metrics")
  read -r requests errors < <(awk '
    /^inference_requests_total[{ ]/ { requests += $NF }
    /^inference_errors_5xx_total[{ ]/ { errors += $NF }
    END { print requests + 0, errors + 0 }' <<< "$metrics")
  echo "$requests requests, $errors errors"
  ((errors * 100 <= requests)) || { echo 'More than 1 % of them failed.'; exit 1; }
done
((requests > 0)) || { echo 'The canary was never asked, so it says nothing.'; exit 1; }
