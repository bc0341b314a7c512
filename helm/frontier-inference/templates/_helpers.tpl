{{/* Short enough for "-redis-jobs" and the hash that Kubernetes makes a label of its pods with: 63 characters. */}}
{{- define "frontier.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 41 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 41 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "frontier.selectorLabels" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: api
{{- end -}}

{{- define "frontier.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{/* An image of the server: by its digest, its tag, or the version that the chart is made for. Takes root, and image: what differs from the others'. */}}
{{- define "frontier.image" -}}
{{- $repository := .image.repository | default .root.Values.image.repository -}}
{{- $suffix := ternary "-cuda" "" .root.Values.gpu.enabled -}}
{{- if .image.digest -}}
{{- printf "%s@%s" $repository .image.digest -}}
{{- else if .image.tag -}}
{{- printf "%s:%s" $repository .image.tag -}}
{{- else if .root.Values.image.digest -}}
{{- printf "%s@%s" $repository .root.Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (.root.Values.image.tag | default (printf "%s%s" .root.Chart.AppVersion $suffix)) -}}
{{- end -}}
{{- end -}}

{{/* An amount of memory in MiB, of Redis (256mb) or of Kubernetes (384Mi). */}}
{{- define "frontier.mebibytes" -}}
{{- $number := regexFind "^[0-9]+" . | int64 -}}
{{- ternary (mul $number 1024) $number (hasPrefix "g" (regexReplaceAll "^[0-9]+" . "" | lower)) -}}
{{- end -}}

{{- define "frontier.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "frontier.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "frontier.secretName" -}}
{{- default (include "frontier.fullname" .) .Values.secret.existingSecret -}}
{{- end -}}

{{/* The bundled Redis servers, by their suffix; those with a URL are somebody else's. A JSON list. */}}
{{- define "frontier.bundledRedis" -}}
{{- $bundled := list -}}
{{- if and .Values.redis.enabled (not .Values.redis.url) (not .Values.redis.urlFromSecret) }}{{ $bundled = append $bundled "redis" }}{{ end -}}
{{- if and .Values.jobsRedis.enabled (not .Values.jobsRedis.url) (not .Values.jobsRedis.urlFromSecret) }}{{ $bundled = append $bundled "redis-jobs" }}{{ end -}}
{{- toJson $bundled -}}
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
{{- end -}}
{{- range $name := list "redis" "jobsRedis" -}}
{{- $setting := index $.Values $name -}}
{{- $limit := dig "limits" "memory" "" $setting.resources -}}
{{- if regexMatch "^[0-9]+[MG]i$" $limit -}}
{{- $wanted := include "frontier.mebibytes" $setting.maxMemory | int64 -}}
{{- if gt (div (mul $wanted 4) 3) (include "frontier.mebibytes" $limit | int64) -}}
{{- fail (printf "%s.maxMemory: %s of data need a memory limit of %d Mi at least, not %s; or the kernel ends Redis before it refuses or evicts." $name $setting.maxMemory (div (mul $wanted 4) 3) $limit) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.autoscaling.enabled (not (or .Values.autoscaling.targetCPUUtilizationPercentage .Values.autoscaling.targetMemoryUtilizationPercentage)) -}}
{{- fail "autoscaling: name a target for CPU, memory or both." -}}
{{- end -}}
{{- if and .Values.httpRoute.enabled (not .Values.httpRoute.parentRefs) -}}
{{- fail "httpRoute.parentRefs: name the Gateway that the route belongs to." -}}
{{- end -}}
{{- range $name := list "TRUTHGPT_API_TOKEN" "WEBHOOK_HMAC_SECRET" -}}
{{- if hasKey $.Values.config $name -}}
{{- fail (printf "config.%s: secrets do not belong in a ConfigMap; use secret." $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
