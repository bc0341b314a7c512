{{/* An amount of memory in MiB, of Redis (256mb) or of Kubernetes (384Mi). */}}
{{- define "frontier.mebibytes" -}}
{{- $number := regexFind "^[0-9]+" . | int64 -}}
{{- ternary (mul $number 1024) $number (hasPrefix "g" (regexReplaceAll "^[0-9]+" . "" | lower)) -}}
{{- end -}}

{{/* Values that contradict each other stop the installation, by name. */}}
{{- define "frontier.check" -}}
{{- with .Values.drain -}}
{{- if gt (add .delayMs .timeoutMs 5000) (mul .terminationGracePeriodSeconds 1000) -}}
{{- fail (printf "drain.terminationGracePeriodSeconds: %v s are too short for drain.delayMs + drain.timeoutMs (%v ms) and 5 s to end; raise it, or lower them." .terminationGracePeriodSeconds (add .delayMs .timeoutMs)) -}}
{{- end -}}
{{- $heardAfterMs := mul $.Values.probes.readiness.periodSeconds $.Values.probes.readiness.failureThreshold 1000 -}}
{{- if lt (int64 .delayMs) (int64 $heardAfterMs) -}}
{{- fail (printf "drain.delayMs: %v ms end before the readiness probe has failed (%v ms); raise it." .delayMs $heardAfterMs) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.autoscaling.enabled .Values.keda.enabled -}}
{{- fail "autoscaling.enabled and keda.enabled: both would scale the same pods; turn one off." -}}
{{- end -}}
{{- $several := or .Values.autoscaling.enabled .Values.keda.enabled (gt (int .Values.replicaCount) 1) .Values.canary.enabled -}}
{{- if and .Values.persistence.data.enabled $several -}}
{{- fail "persistence.data: the file of jobs belongs to one replica; set replicaCount 1 and turn autoscaling and keda off, or keep jobs in jobsRedis." -}}
{{- end -}}
{{- range $name := list "redis" "jobsRedis" -}}
{{- $setting := index $.Values $name -}}
{{- if and $setting.urlFromSecret (not $.Values.secret.existingSecret) -}}
{{- fail (printf "%s.urlFromSecret: name the Secret that has the URL in secret.existingSecret." $name) -}}
{{- end -}}
{{- $limit := dig "limits" "memory" "" $setting.resources -}}
{{- $needed := div (mul (include "frontier.mebibytes" $setting.maxMemory | int64) 4) 3 -}}
{{- if and (regexMatch "^[0-9]+[MG]i$" $limit) (gt $needed (include "frontier.mebibytes" $limit | int64)) -}}
{{- fail (printf "%s.maxMemory: %s of data need a memory limit of %d Mi at least, not %s; or the kernel ends Redis before it refuses or evicts." $name $setting.maxMemory $needed $limit) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.autoscaling.enabled (not (or .Values.autoscaling.targetCPUUtilizationPercentage .Values.autoscaling.targetMemoryUtilizationPercentage)) -}}
{{- fail "autoscaling: name a target for CPU, memory or both." -}}
{{- end -}}
{{- if and .Values.networkPolicy.enabled .Values.networkPolicy.egress.enabled (not .Values.networkPolicy.egress.to) -}}
{{- $beyond := list -}}
{{- range $name := list "redis" "jobsRedis" -}}
{{- $setting := index $.Values $name -}}
{{- if and $setting.enabled $setting.url }}{{ $beyond = append $beyond (printf "%s.url" $name) }}{{ end -}}
{{- if and $setting.enabled $setting.urlFromSecret }}{{ $beyond = append $beyond (printf "%s.urlFromSecret" $name) }}{{ end -}}
{{- end -}}
{{- if .Values.tracing.otlpEndpoint }}{{ $beyond = append $beyond "tracing.otlpEndpoint" }}{{ end -}}
{{- if .Values.config.WEBHOOK_ALLOWED_HOSTS }}{{ $beyond = append $beyond "config.WEBHOOK_ALLOWED_HOSTS" }}{{ end -}}
{{- if $beyond -}}
{{- fail (printf "networkPolicy.egress.to: the server could not reach what %s names; add a rule for it, or set networkPolicy.egress.enabled to false." (join ", " $beyond)) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.httpRoute.enabled (not .Values.httpRoute.parentRefs) -}}
{{- fail "httpRoute.parentRefs: name the Gateway that the route belongs to." -}}
{{- end -}}
{{- end -}}
