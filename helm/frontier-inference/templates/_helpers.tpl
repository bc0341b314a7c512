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

{{/* The file of models, as YAML. */}}
{{- define "frontier.models" -}}
{{- $models := .Values.models -}}
{{- if not $models.default }}{{ $models = omit $models "default" }}{{ end -}}
{{- toYaml $models -}}
{{- end -}}

{{/* The server's variables but for secrets, as YAML: their names, and their values as texts. */}}
{{- define "frontier.variables" -}}
{{- $variables := dict "TRUTHGPT_CONFIG" "/etc/frontier-inference/models.yaml" "DRAIN_DELAY_MS" .Values.drain.delayMs "DRAIN_TIMEOUT_MS" .Values.drain.timeoutMs -}}
{{- if .Values.redis.enabled }}{{ $_ := set $variables "CACHE_BACKEND" "tiered" }}{{ end -}}
{{- with .Values.tracing.otlpEndpoint }}{{ $_ := set $variables "OTLP_ENDPOINT" . }}{{ end -}}
{{- if .Values.apiKeys.name }}{{ $_ := set $variables "API_KEYS_FILE" (printf "/etc/frontier-inference-keys/%s" .Values.apiKeys.key) }}{{ end -}}
{{- range $variable, $value := merge (dict) .Values.config $variables }}
{{ $variable }}: {{ ternary (int64 $value) $value (kindIs "float64" $value) | toString | quote }}
{{- end }}
{{- end -}}
