{{- define "flowsmith.name" -}}
{{- if contains "flowsmith" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-flowsmith" (.Release.Name | trunc 30 | trimSuffix "-") }}{{ end }}
{{- end }}

{{- define "flowsmith.selector" -}}
app.kubernetes.io/name: flowsmith
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "flowsmith.labels" -}}
{{ include "flowsmith.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "flowsmith.image" -}}
{{- with .Values.image -}}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end -}}
{{- end }}

{{- define "flowsmith.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}{{ .Values.serviceAccount.name | default (include "flowsmith.name" .) }}{{ else }}{{ .Values.serviceAccount.name | default "default" }}{{ end }}
{{- end }}

{{- define "flowsmith.claim" -}}
{{- .Values.files.persistence.existingClaim | default (printf "%s-files" (include "flowsmith.name" .)) }}
{{- end }}

{{/* The parts of a pod before its containers: called with the root. */}}
{{- define "flowsmith.pod" -}}
serviceAccountName: {{ include "flowsmith.serviceAccount" . }}
automountServiceAccountToken: false
terminationGracePeriodSeconds: {{ add .Values.stopSeconds 10 }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  - name: home
    emptyDir: {}
  - name: tmp
    emptyDir: {}
{{- if .Values.files.persistence.enabled }}
  - name: files
    persistentVolumeClaim:
      claimName: {{ include "flowsmith.claim" . }}
{{- end }}
{{- end }}

{{/* What every container has: called with the root. */}}
{{- define "flowsmith.container" -}}
image: {{ include "flowsmith.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
envFrom:
  - configMapRef:
      name: {{ include "flowsmith.name" . }}
  - secretRef:
      name: {{ .Values.existingSecret }}
{{- with .Values.extraEnvFrom }}
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.extraEnv }}
env:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumeMounts:
  - name: home
    mountPath: /data
  - name: tmp
    mountPath: /tmp
{{- if .Values.files.persistence.enabled }}
  - name: files
    mountPath: /data/files
{{- end }}
{{- end }}

{{/* The heartbeat in the database tells whether a process without an address works. */}}
{{- define "flowsmith.heartbeat" -}}
startupProbe:
  exec:
    command: [flowsmith, health, {{ . }}]
  periodSeconds: 5
  timeoutSeconds: 10
  failureThreshold: 24
livenessProbe:
  exec:
    command: [flowsmith, health, {{ . }}]
  periodSeconds: 60
  timeoutSeconds: 15
  failureThreshold: 3
{{- end }}
