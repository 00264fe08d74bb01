{{/*
The Deployment of one role, with its management service and its disruption budget.
Argument: (dict "root" $ "component" "api" "values" .Values.api).
*/}}
{{- define "evergreen.deployment" -}}
{{- $root := .root -}}
{{- $name := printf "%s-%s" (include "evergreen.fullname" $root) .component -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $name }}
  labels:
    {{- include "evergreen.labels" . | nindent 4 }}
spec:
  {{- if not .values.autoscaling.enabled }}
  replicas: {{ .values.replicas }}
  {{- end }}
  strategy:
    type: RollingUpdate
    rollingUpdate: { maxUnavailable: 0, maxSurge: 1 }
  selector:
    matchLabels:
      {{- include "evergreen.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "evergreen.labels" . | nindent 8 }}
      annotations:
        # Settings are in this template; the checksum restarts the pods when the chart's Secret changes.
        checksum/secret: {{ list $root.Values.secrets.values (omit $root.Values.database "bundled") $root.Values.redisCache $root.Values.redisQueue $root.Values.pgbouncer | toJson | sha256sum }}
        {{- with .values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: {{ include "evergreen.serviceAccount" $root }}
      automountServiceAccountToken: false
      terminationGracePeriodSeconds: {{ include "evergreen.gracePeriod" $root }}
      {{- with $root.Values.imagePullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext:
        {{- include "evergreen.podSecurity" 1000 | nindent 8 }}
      {{- include "evergreen.topologySpread" (dict "root" $root "component" .component) | nindent 6 }}
      {{- with .values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .values.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .values.affinity }}
      affinity:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: {{ .component }}
          image: {{ include "evergreen.image" $root }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          securityContext:
            {{- include "evergreen.containerSecurity" . | nindent 12 }}
          env:
            {{- include "evergreen.environment" (dict "root" $root "role" .component "settings" .values.settings) | nindent 12 }}
          envFrom:
            - secretRef:
                name: {{ include "evergreen.fullname" $root }}
            {{- with $root.Values.secrets.existingSecret }}
            - secretRef:
                name: {{ . }}
            {{- end }}
          ports:
            - { name: http, containerPort: 3000, protocol: TCP }
            - { name: management, containerPort: {{ include "evergreen.managementPort" $root }}, protocol: TCP }
          startupProbe:
            httpGet: { path: /health/ready, port: management }
            periodSeconds: 2
            failureThreshold: 60
          livenessProbe:
            httpGet: { path: /health/live, port: management }
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 6
          readinessProbe:
            httpGet: { path: /health/ready, port: management }
            periodSeconds: 5
            timeoutSeconds: 3
            failureThreshold: 2
          lifecycle:
            preStop:
              exec:
                command: [sleep, {{ $root.Values.preStopSeconds | quote }}]
          resources:
            {{- toYaml .values.resources | nindent 12 }}
          volumeMounts:
            - { name: data, mountPath: /data }
      volumes:
        - name: data
          emptyDir: { sizeLimit: 1Gi }
---
# Health and metrics, not routed by the Ingress. Headless, because only Prometheus uses it.
apiVersion: v1
kind: Service
metadata:
  name: {{ $name }}-management
  labels:
    {{- include "evergreen.labels" . | nindent 4 }}
spec:
  clusterIP: None
  # Metrics of pods that are not ready are read too.
  publishNotReadyAddresses: true
  selector:
    {{- include "evergreen.selector" . | nindent 4 }}
  ports:
    - { name: management, port: {{ include "evergreen.managementPort" $root }}, targetPort: management, protocol: TCP }
{{- if .values.disruptionBudget.enabled }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ $name }}
  labels:
    {{- include "evergreen.labels" . | nindent 4 }}
spec:
  maxUnavailable: {{ .values.disruptionBudget.maxUnavailable }}
  selector:
    matchLabels:
      {{- include "evergreen.selector" . | nindent 6 }}
{{- end }}
{{- end -}}
