#!/usr/bin/env bash
# Starts a canary of $IMAGE@$DIGEST beside the pods of the release "inference", which it leaves as they are, and watches it for ten
# minutes: it must stay up, answer requests well, and fail at most 1 % of them.
set -euo pipefail

stable=$(kubectl get deployment -n "$NAMESPACE" -l frontier-inference/track=stable -o name)
if [[ -z $stable ]]; then
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
  restarts=$(kubectl get -n "$NAMESPACE" "$pod" -o jsonpath='{.status.containerStatuses[?(@.name=="api")].restartCount}')
  [[ $restarts == 0 ]] || { echo "The canary was started again: $restarts times."; exit 1; }
  # Asked from inside, where no network policy stands between.
  metrics=$(kubectl exec -n "$NAMESPACE" "$pod" -c api -- node -e \
    'fetch("http://127.0.0.1:8080/metrics").then(async (answer) => process.stdout.write(await answer.text()))')
  read -r good errors < <(awk '
    /^inference_requests_total{.*status="2xx"/ { good += $NF }
    /^inference_errors_5xx_total[{ ]/ { errors += $NF }
    END { print good + 0, errors + 0 }' <<< "$metrics")
  echo "$good good answers, $errors errors"
done
((good > 0)) || { echo 'The canary answered nothing well.'; exit 1; }
((errors * 100 <= good + errors)) || { echo 'More than 1 % of its answers were errors.'; exit 1; }
