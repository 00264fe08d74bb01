{{- define "evergreen.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "evergreen.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "evergreen.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "evergreen.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Argument: (dict "root" $ "component" "api"). */}}
{{- define "evergreen.selector" -}}
app.kubernetes.io/name: {{ include "evergreen.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "evergreen.labels" -}}
{{ include "evergreen.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{/* With the digest if it is set, because tags are mutable. */}}
{{- define "evergreen.image" -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- with .Values.image.digest }}@{{ . }}{{ end }}
{{- end -}}

{{/* The port of health and metrics. */}}
{{- define "evergreen.managementPort" -}}8081{{- end -}}

{{- define "evergreen.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "evergreen.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* Termination grace period: the shutdown timeout of the process, preStop and a margin, in seconds. */}}
{{- define "evergreen.gracePeriod" -}}
{{- add (default 25 (get .Values.settings "SHUTDOWN_TIMEOUT_SECONDS")) .Values.preStopSeconds 5 -}}
{{- end -}}

{{/* 80 % of a memory limit, for maxmemory: the rest is for buffers and fragmentation. Argument: "1Gi" or "512Mi". */}}
{{- define "evergreen.maxmemory" -}}
{{- $factor := ternary 1024 1 (hasSuffix "Gi" .) -}}
{{- div (mul (trimSuffix "Gi" (trimSuffix "Mi" .) | int) $factor 8) 10 -}}mb
{{- end -}}

{{/* The password of a bundled server: generated once, then read back. Argument: (dict "root" $ "server" "postgres"). */}}
{{- define "evergreen.password" -}}
{{- $name := printf "%s-%s" (include "evergreen.fullname" .root) .server -}}
{{- $made := printf "madePasswordOf%s" .server -}}
{{- $kept := dig "data" "password" "" (lookup "v1" "Secret" .root.Release.Namespace $name | default dict) -}}
{{- if $kept -}}{{ b64dec $kept }}
{{- else -}}
{{- if not (hasKey .root.Values $made) -}}{{- $_ := set .root.Values $made (randAlphaNum 32) -}}{{- end -}}
{{ get .root.Values $made }}
{{- end -}}
{{- end -}}

{{- define "evergreen.databasePassword" -}}
{{ include "evergreen.password" (dict "root" . "server" "postgres") }}
{{- end -}}

{{/* The password of both Redis servers. */}}
{{- define "evergreen.redisPassword" -}}
{{ include "evergreen.password" (dict "root" . "server" "redis") }}
{{- end -}}

{{/* Address of Postgres, for migrations and for PgBouncer. Empty if it is in existingSecret. */}}
{{- define "evergreen.primaryUrl" -}}
{{- if .Values.database.bundled.enabled -}}
postgres://evergreen:{{ include "evergreen.databasePassword" . }}@{{ include "evergreen.fullname" . }}-postgres:5432/evergreen
{{- else -}}
{{ .Values.database.url }}
{{- end -}}
{{- end -}}

{{/* Address of the database for the pods: Postgres, or PgBouncer. */}}
{{- define "evergreen.databaseUrl" -}}
{{- $primary := include "evergreen.primaryUrl" . -}}
{{- if and .Values.pgbouncer.enabled $primary -}}
{{- $url := urlParse $primary -}}
{{- urlJoin (set $url "host" (printf "%s-pgbouncer:5432" (include "evergreen.fullname" .))) -}}
{{- else -}}
{{- $primary -}}
{{- end -}}
{{- end -}}

{{- define "evergreen.redisCacheUrl" -}}
{{- $name := printf "%s-redis-cache" (include "evergreen.fullname" .) -}}
{{- if not .Values.redisCache.bundled.enabled -}}
{{ .Values.redisCache.url }}
{{- else if eq .Values.redisCache.bundled.mode "cluster" -}}
{{- range $i := until 6 }}{{ if $i }},{{ end }}redis://:{{ include "evergreen.redisPassword" $ }}@{{ $name }}-{{ $i }}.{{ $name }}:6379{{ end -}}
{{- else -}}
redis://:{{ include "evergreen.redisPassword" . }}@{{ $name }}:6379
{{- end -}}
{{- end -}}

{{- define "evergreen.redisQueueUrl" -}}
{{- if .Values.redisQueue.bundled.enabled -}}
redis://:{{ include "evergreen.redisPassword" . }}@{{ include "evergreen.fullname" . }}-redis-queue:6379
{{- else -}}
{{ .Values.redisQueue.url }}
{{- end -}}
{{- end -}}

{{/* Data of the Secret. Argument: (dict "root" $ "databaseUrl" "…"). */}}
{{- define "evergreen.secretData" -}}
{{- $data := dict
  "DATABASE_URL" .databaseUrl
  "DATABASE_REPLICA_URLS" (join "," .root.Values.database.replicaUrls)
  "REDIS_CACHE_URL" (include "evergreen.redisCacheUrl" .root)
  "REDIS_QUEUE_URL" (include "evergreen.redisQueueUrl" .root) -}}
{{- range $name, $value := merge (deepCopy .root.Values.secrets.values) $data }}
{{- if $value }}
{{ $name }}: {{ $value | toString | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Every setting except secrets, as container environment. Argument: (dict "root" $ "role" "api" "settings" dict). */}}
{{- define "evergreen.environment" -}}
{{- $own := dict "ROLE" .role "MANAGEMENT_PORT" (include "evergreen.managementPort" .root) "MIGRATE_ON_START" (ternary "true" "false" .root.Values.database.bundled.enabled) -}}
{{- range $name, $value := merge $own (deepCopy .settings) .root.Values.settings }}
- name: {{ $name }}
  value: {{ if kindIs "string" $value }}{{ $value | quote }}{{ else }}{{ $value | toJson | quote }}{{ end }}
{{- end }}
{{- end -}}

{{- define "evergreen.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* Argument: the id of user and group. */}}
{{- define "evergreen.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* Argument: (dict "root" $ "component" "api"). */}}
{{- define "evergreen.topologySpread" -}}
{{- if .root.Values.topologySpread.enabled }}
topologySpreadConstraints:
  {{- range tuple "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: {{ $.root.Values.topologySpread.whenUnsatisfiable }}
    labelSelector:
      matchLabels:
        {{- include "evergreen.selector" $ | nindent 8 }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* Refuses invalid values before anything is installed. */}}
{{- define "evergreen.check" -}}
{{- $given := or .Values.secrets.existingSecret (hasKey .Values.secrets.values "DATABASE_URL") -}}
{{- if not (or .Values.database.bundled.enabled .Values.database.url $given) -}}
{{- fail "database: enable bundled, or set url, or set DATABASE_URL in secrets.existingSecret" -}}
{{- end -}}
{{- if and .Values.pgbouncer.enabled (not (include "evergreen.primaryUrl" .)) -}}
{{- fail "pgbouncer: needs database.bundled or database.url; it cannot read DATABASE_URL of secrets.existingSecret" -}}
{{- end -}}
{{- if and .Values.worker.autoscaling.enabled (gt (int .Values.worker.autoscaling.minReplicas) (int .Values.worker.autoscaling.maxReplicas)) -}}
{{- fail "worker.autoscaling: minReplicas must not exceed maxReplicas" -}}
{{- end -}}
{{- if and .Values.api.autoscaling.enabled (gt (int .Values.api.autoscaling.minReplicas) (int .Values.api.autoscaling.maxReplicas)) -}}
{{- fail "api.autoscaling: minReplicas must not exceed maxReplicas" -}}
{{- end -}}
{{- end -}}
