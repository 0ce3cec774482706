{{- define "vfi.name" -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{- define "vfi.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "vfi.labels" -}}
{{ include "vfi.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "vfi.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "vfi.name" .) -}}
{{- else -}}
{{- required "serviceAccount.name is needed when serviceAccount.create is false" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "vfi.image" -}}
{{- $tag := .Values.image.tag | default (printf "%s-%s" .Chart.AppVersion (ternary "gpu" "cpu" .Values.gpu.enabled)) -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository $tag -}}
{{- end -}}
{{- end -}}

{{- define "vfi.engineCache" -}}
{{- if and .Values.gpu.enabled .Values.engineCache.enabled -}}true{{- end -}}
{{- end -}}

{{- define "vfi.env" -}}
env:
  - name: POD_NAME
    valueFrom:
      fieldRef:
        fieldPath: metadata.name
  - name: OTEL_RESOURCE_ATTRIBUTES
    value: k8s.pod.name=$(POD_NAME)
  {{- if .Values.telemetry.otlpEndpoint }}
  - name: OTEL_EXPORTER_OTLP_ENDPOINT
    value: {{ .Values.telemetry.otlpEndpoint | quote }}
  {{- end }}
{{- if .Values.existingSecret }}
envFrom:
  - secretRef:
      name: {{ .Values.existingSecret }}
{{- end }}
{{- end -}}

{{- define "vfi.podSecurity" -}}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- end -}}

{{- define "vfi.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end -}}

{{- define "vfi.container" -}}
image: {{ include "vfi.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{ include "vfi.env" . }}
resources:
  requests:
    {{- toYaml .Values.resources.requests | nindent 4 }}
  limits:
    {{- toYaml .Values.resources.limits | nindent 4 }}
    {{- if .Values.gpu.enabled }}
    {{ .Values.gpu.resource }}: {{ .Values.gpu.count | quote }}
    {{- end }}
{{ include "vfi.containerSecurity" . }}
volumeMounts:
  - name: work
    mountPath: /scratch
  - name: config
    mountPath: /etc/vfi
    readOnly: true
  - name: cache
    mountPath: /cache
{{- end -}}

{{- define "vfi.pod" -}}
metadata:
  labels:
    {{- include "vfi.labels" . | nindent 4 }}
    azure.workload.identity/use: "true"
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    # Another configuration is another pod.
    checksum/config: {{ toJson .Values.config | sha256sum }}
    {{- if eq .Values.mode "job" }}
    # Scaling the nodes in must not cost a job its place.
    cluster-autoscaler.kubernetes.io/safe-to-evict: "false"
    {{- end }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "vfi.serviceAccount" . }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if eq .Values.mode "job" }}
  restartPolicy: Never
  {{- end }}
  terminationGracePeriodSeconds: {{ add .Values.config.Worker.GraceSeconds .Values.terminationExtraSeconds }}
  {{- include "vfi.podSecurity" . | nindent 2 }}
  {{- if and (include "vfi.engineCache" .) .Values.engineCache.warm }}
  initContainers:
    - name: warm
      args:
        - warm
        - --config=/etc/vfi/worker.json
        {{- range .Values.engineCache.warm }}
        - --resolution={{ . }}
        {{- end }}
      {{- include "vfi.container" . | nindent 6 }}
  {{- end }}
  containers:
    - name: worker
      args:
        - worker
        - --config=/etc/vfi/worker.json
        {{- if eq .Values.mode "job" }}
        - --drain
        {{- end }}
      ports:
        - name: health
          containerPort: 8080
      livenessProbe:
        httpGet: {path: /health/live, port: health}
        periodSeconds: 20
        timeoutSeconds: 5
        failureThreshold: 6
      {{- if eq .Values.mode "deployment" }}
      readinessProbe:
        httpGet: {path: /health/ready, port: health}
        periodSeconds: 30
        timeoutSeconds: 10
      {{- end }}
      startupProbe:
        httpGet: {path: /health/live, port: health}
        periodSeconds: 5
        failureThreshold: 60
      {{- include "vfi.container" . | nindent 6 }}
  volumes:
    - name: config
      configMap:
        name: {{ include "vfi.name" . }}
    - name: work
      {{- if .Values.work.storageClassName }}
      ephemeral:
        volumeClaimTemplate:
          spec:
            accessModes: [ReadWriteOnce]
            storageClassName: {{ .Values.work.storageClassName }}
            resources:
              requests:
                storage: {{ .Values.work.size }}
      {{- else }}
      emptyDir:
        sizeLimit: {{ .Values.work.size }}
      {{- end }}
    - name: cache
      {{- if include "vfi.engineCache" . }}
      persistentVolumeClaim:
        claimName: {{ .Values.engineCache.existingClaim | default (printf "%s-engines" (include "vfi.name" .)) }}
      {{- else }}
      emptyDir: {}
      {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- define "vfi.trigger" -}}
- type: azure-servicebus
  metadata:
    queueName: {{ .Values.config.Queue.Name | quote }}
    {{- if .Values.config.Queue.Namespace }}
    namespace: {{ .Values.config.Queue.Namespace | splitList "." | first | quote }}
    {{- else }}
    connectionFromEnv: Queue__ConnectionString
    {{- end }}
    messageCount: {{ .Values.scaling.jobsPerPod | quote }}
  {{- if .Values.config.Queue.Namespace }}
  authenticationRef:
    name: {{ include "vfi.name" . }}
  {{- end }}
{{- end -}}
