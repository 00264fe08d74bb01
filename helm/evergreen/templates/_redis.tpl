{{/*
A Redis StatefulSet and its service. Takes (dict "root" $ "component" "redis-cache" "values" … "replicas" 1
"arguments" (list …) "storage" "5Gi" or "").
*/}}
{{- define "evergreen.redis" -}}
{{- $name := printf "%s-%s" (include "evergreen.fullname" .root) .component -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ $name }}
  labels:
    {{- include "evergreen.labels" . | nindent 4 }}
spec:
  clusterIP: None
  # Cluster nodes must find each other before they are ready.
  publishNotReadyAddresses: {{ gt (int .replicas) 1 }}
  selector:
    {{- include "evergreen.selector" . | nindent 4 }}
  ports:
    - { name: redis, port: 6379, targetPort: redis, protocol: TCP }
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: {{ $name }}
  labels:
    {{- include "evergreen.labels" . | nindent 4 }}
spec:
  serviceName: {{ $name }}
  replicas: {{ .replicas }}
  podManagementPolicy: Parallel
  selector:
    matchLabels:
      {{- include "evergreen.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "evergreen.labels" . | nindent 8 }}
    spec:
      automountServiceAccountToken: false
      securityContext:
        {{- include "evergreen.podSecurity" 999 | nindent 8 }}
      {{- if gt (int .replicas) 1 }}
      {{- include "evergreen.topologySpread" . | nindent 6 }}
      {{- end }}
      containers:
        - name: redis
          image: {{ .values.image }}
          command: [redis-server]
          args:
            - --dir
            - /data
            - --maxmemory
            - {{ include "evergreen.maxmemory" .values.resources.limits.memory | quote }}
            - --save
            - ''
            # From the environment: Kubernetes substitutes it when the container starts, so no manifest contains it.
            - --requirepass
            - $(REDISCLI_AUTH)
            - --masterauth
            - $(REDISCLI_AUTH)
            {{- range .arguments }}
            - {{ . | quote }}
            {{- end }}
          securityContext:
            {{- include "evergreen.containerSecurity" . | nindent 12 }}
          env:
            {{- include "evergreen.redisAuth" .root | nindent 12 }}
            - name: POD_IP
              valueFrom:
                fieldRef: { fieldPath: status.podIP }
          ports:
            - { name: redis, containerPort: 6379, protocol: TCP }
            {{- if gt (int .replicas) 1 }}
            - { name: bus, containerPort: 16379, protocol: TCP }
            {{- end }}
          readinessProbe:
            exec:
              command: [redis-cli, ping]
            periodSeconds: 5
            timeoutSeconds: 3
          livenessProbe:
            exec:
              command: [redis-cli, ping]
            initialDelaySeconds: 30
            periodSeconds: 20
            timeoutSeconds: 5
            failureThreshold: 6
          resources:
            {{- toYaml .values.resources | nindent 12 }}
          volumeMounts:
            - { name: data, mountPath: /data }
      {{- if not .storage }}
      volumes:
        - { name: data, emptyDir: {} }
      {{- else }}
  volumeClaimTemplates:
    - metadata:
        name: data
      spec:
        accessModes: [ReadWriteOnce]
        {{- with .values.storageClassName }}
        storageClassName: {{ . }}
        {{- end }}
        resources:
          requests: { storage: {{ .storage }} }
      {{- end }}
{{- end -}}

{{/* The password, as redis-cli reads it. */}}
{{- define "evergreen.redisAuth" -}}
- name: REDISCLI_AUTH
  valueFrom:
    secretKeyRef: { name: {{ include "evergreen.fullname" . }}-redis, key: password }
{{- end -}}
